/** Our definitions of Application and AppProject on a real API server, held to what the daemon does that serves them itself. */
import { connectCluster } from "../../src/cluster/cluster.ts";
import { customResourceDefinitions } from "../../src/core/definitions/custom-resources.ts";
import { servedKindsConformance } from "../conformance/served-kinds.ts";
import { startControlPlane } from "../lib/control-plane.ts";
import { eventually } from "../lib/eventually.ts";
import { recordingLog } from "../lib/recording-log.ts";

servedKindsConformance("a real control plane", async () => {
  const plane = await startControlPlane();
  const cluster = await connectCluster({
    name: "in-cluster",
    server: "https://kubernetes.default.svc",
    kubeconfig: { file: plane.kubeconfig },
    log: recordingLog(),
  });
  await plane.api.makeNamespace("argocd");
  for (const object of customResourceDefinitions()) await cluster.apply(object, "write");
  for (const kind of ["Application", "AppProject"])
    await eventually(
      `${kind} is served`,
      async () => (await cluster.kind({ group: "argoproj.io", version: "v1alpha1", kind })).is === "known",
    );
  return {
    cluster,
    async stop() {
      await cluster.stop();
      await plane.stop();
    },
  };
});
