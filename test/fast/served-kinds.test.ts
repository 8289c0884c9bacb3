/** Applications and AppProjects as the daemon serves them, and as an API server does that has their definitions. */
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { connectCluster } from "../../src/cluster/cluster.ts";
import { customResourceDefinitions } from "../../src/core/definitions/custom-resources.ts";
import { ServedHome } from "../../src/homes/served/served-home.ts";
import { startSandbox } from "../../src/sandbox/sandbox.ts";
import { servedKindsConformance } from "../conformance/served-kinds.ts";
import { memoryStore } from "../fakes/memory-store.ts";
import { eventually } from "../lib/eventually.ts";
import { recordingLog } from "../lib/recording-log.ts";

servedKindsConformance("the daemon", async () => {
  const home = new ServedHome({ objects: memoryStore(), now: () => Date.now(), homeNamespace: "argocd" });
  const [cluster] = home.over([]);
  if (cluster === undefined) throw new Error("there is no home");
  return { cluster, stop: async () => home.stop() };
});

servedKindsConformance("the sandbox", async () => {
  const dir = await mkdtemp(join(tmpdir(), "holdfast-served-"));
  const sandbox = await startSandbox({ listen: "127.0.0.1:0", workloads: "none" });
  const file = join(dir, "kubeconfig");
  await writeFile(file, sandbox.kubeconfig);
  const cluster = await connectCluster({
    name: "in-cluster",
    server: "https://kubernetes.default.svc",
    kubeconfig: { file },
    log: recordingLog(),
  });
  const namespace = { apiVersion: "v1", kind: "Namespace", metadata: { name: "argocd" } };
  for (const object of [namespace, ...customResourceDefinitions()]) await cluster.apply(object, "write");
  for (const kind of ["Application", "AppProject"])
    await eventually(
      `${kind} is served`,
      async () => (await cluster.kind({ group: "argoproj.io", version: "v1alpha1", kind })).is === "known",
    );
  return {
    cluster,
    async stop() {
      await cluster.stop();
      await sandbox.stop();
      await rm(dir, { recursive: true, force: true });
    },
  };
});
