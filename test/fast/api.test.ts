import { expect, test } from "bun:test";
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

test("what is known of an artifact is told in Argo CD's words", async () => {
  const control = fakeControl();
  control.put(fakeApp("argocd", "web"), { from: "file", file: "apps/web.yaml", line: 1 });
  const api = startFakeApi(control);
  const about = async (what: string): Promise<unknown> =>
    (await fetch(`${api.url}/api/v1/applications/web/revisions/17.3.2/${what}`)).json();
  expect(await about("ocimetadata")).toEqual({
    createdAt: "2026-11-23T03:55:00Z",
    authors: "Ana Ruiz",
    imageUrl: "https://shop.example.com",
    docsUrl: "https://shop.example.com/docs",
    sourceUrl: "https://git.example.com/shop.git",
    version: "17.3.2",
    title: "shop",
    description: "A shop",
  });
  expect(await about("chartdetails")).toEqual({
    description: "A shop",
    home: "https://shop.example.com",
    maintainers: ["Ana Ruiz"],
  });
  await api.stop();
});
