/** Sandboxes of one other process that serve the Kubernetes API over HTTPS: stand-ins of control planes, with a cost of their own beside ours. */
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type RawApi, rawApi } from "../lib/raw-api.ts";

export interface StandIn {
  name: string;
  /** Path. */
  kubeconfig: string;
  api: RawApi;
}

export interface StandIns {
  all: readonly StandIn[];
  stop(): Promise<void>;
}

/** Each has the namespaces `bench` and `elsewhere`. */
export async function startStandIns(count: number): Promise<StandIns> {
  const dir = mkdtempSync(join(tmpdir(), "holdfast-stand-ins-"));
  const program = join(import.meta.dir, "..", "..", "bench", "fleet-clusters.ts");
  const child = Bun.spawn([process.execPath, program, String(count), "0", dir], {
    stdin: "pipe",
    stdout: "pipe",
    stderr: "inherit",
  });
  const stop = async (): Promise<void> => {
    child.kill();
    await child.exited;
    rmSync(dir, { recursive: true, force: true });
  };
  try {
    const reader = child.stdout.getReader();
    // Its first line says that all are there.
    const { done } = await reader.read();
    if (done) throw new Error(`the stand-ins ended with ${await child.exited}`);
    reader.releaseLock();
    const names = readdirSync(dir).sort();
    const all = await Promise.all(
      names.map(async (name) => {
        const kubeconfig = join(dir, name);
        return { name, kubeconfig, api: await rawApi(kubeconfig) };
      }),
    );
    return { all, stop };
  } catch (cause) {
    await stop();
    throw cause;
  }
}
