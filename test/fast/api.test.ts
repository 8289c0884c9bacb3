import { apiConformance } from "../conformance/api.ts";
import { COMMIT, fakeApp, fakeControl } from "../fakes/fake-control.ts";
import { startFakeApi } from "../lib/fake-api.ts";

apiConformance("on a control in memory", async (token) => {
  const control = fakeControl();
  const app = fakeApp("argocd", "web");
  control.put(
    {
      ...app,
      status: {
        sync: { status: "Synced", comparedTo: { destination: app.spec.destination }, revision: COMMIT },
        health: { status: "Healthy" },
      },
    },
    { from: "file", file: "apps/web.yaml", line: 1 },
  );
  const api = startFakeApi(control, token === undefined ? {} : { token });
  return {
    url: api.url,
    app: { namespace: "argocd", name: "web", revision: COMMIT },
    spec: {
      project: "default",
      source: { repoURL: "https://git.example.com/shop.git", path: "made" },
      destination: { server: "https://kubernetes.default.svc", namespace: "made" },
    },
    stop: api.stop,
  };
});
