/** Where a stage applies to: a real control plane, or a sandbox in a process of its own, which stands in for one. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startControlPlane } from "../test/lib/control-plane.ts";
import { type RawApi, rawApi } from "../test/lib/raw-api.ts";

export type On = "plane" | "sandbox";

export interface Stand {
  is: On;
  /** Path. */
  kubeconfig: string;
  api: RawApi;
  stop(): Promise<void>;
}

/** @throws {Error} where the word is none of the two */
export function standFrom(word: string): On {
  if (word !== "plane" && word !== "sandbox")
    throw new Error(`--on ${word}: it is plane (a real control plane) or sandbox (a stand-in)`);
  return word;
}

/** As a row of a table says it, since figures of a stand-in are no figures of an API server. */
export const wordsOf = (on: On, count = 1): string =>
  on === "plane"
    ? count === 1
      ? "a real control plane"
      : `${count} real control planes`
    : count === 1
      ? "a sandbox, which stands in for a control plane"
      : `${count} sandboxes, which stand in for control planes`;

export async function startStand(on: On): Promise<Stand> {
  if (on === "plane") {
    const plane = await startControlPlane({ kcmQps: 500 });
    return { is: on, kubeconfig: plane.kubeconfig, api: plane.api, stop: plane.stop };
  }
  const dir = mkdtempSync(join(tmpdir(), "holdfast-stand-"));
  const kubeconfig = join(dir, "kubeconfig");
  const child = Bun.spawn([process.execPath, join(import.meta.dir, "stand-in.ts"), kubeconfig], {
    ...{ stdin: "pipe", stdout: "pipe", stderr: "inherit" },
  });
  const { value } = await child.stdout.getReader().read();
  const said = new TextDecoder().decode(value);
  if (!said.startsWith("ready"))
    throw new Error(`the sandbox did not start: it ended with ${await child.exited}`);
  return {
    ...{ is: on, kubeconfig, api: await rawApi(kubeconfig) },
    async stop() {
      child.kill();
      await child.exited;
      rmSync(dir, { recursive: true, force: true });
    },
  };
}

/** All of them, or none: where one does not start, those that did are stopped. */
export async function startStands(on: On, count: number): Promise<Stand[]> {
  const started = await Promise.allSettled(Array.from({ length: count }, () => startStand(on)));
  const stands = started.flatMap((one) => (one.status === "fulfilled" ? [one.value] : []));
  const failed = started.find((one) => one.status === "rejected");
  if (failed !== undefined) {
    await Promise.all(stands.map((stand) => stand.stop()));
    throw failed.reason;
  }
  return stands;
}
