/** The Cluster contract on the sandbox; test/cluster runs the same suite on the real server. */
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startSandbox } from "../../src/sandbox/sandbox.ts";
import { type ClusterUnderTest, clusterConformance } from "../conformance/cluster.ts";
import { objectWatchConformance } from "../conformance/object-watch.ts";

const start = async (): Promise<ClusterUnderTest> => {
  const dir = await mkdtemp(join(tmpdir(), "holdfast-sandbox-"));
  const sandbox = await startSandbox({
    listen: "127.0.0.1:0",
    podMs: 50,
    onError: (cause) => {
      throw cause;
    },
  });
  const kubeconfig = join(dir, "kubeconfig");
  await writeFile(kubeconfig, sandbox.kubeconfig);
  return {
    kubeconfig,
    async stop() {
      await sandbox.stop();
      await rm(dir, { recursive: true, force: true });
    },
  };
};

clusterConformance("the sandbox", start);
objectWatchConformance("the sandbox", start);
