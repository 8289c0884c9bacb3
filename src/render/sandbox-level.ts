import { existsSync } from "node:fs";
import { setLimits } from "../lib/posix.ts";

/** How well tools are shut in on this machine. `doctor` shows it. */
export interface SandboxLevel {
  /** `namespace`: tools have no network at all. `open`: they have the daemon's. */
  network: "namespace" | "open";
  /** Why the network is open, "" where it is not. */
  networkWhy: string;
  limits: "prlimit" | "none";
  limitsWhy: string;
  /** Words put before a program to take the network away. */
  isolation: readonly string[];
}

const UNSHARE = ["/usr/bin/unshare", "/bin/unshare"];

/** Tries what the machine allows, in a few milliseconds. Ask once and keep the answer. */
export async function sandboxLevel(): Promise<SandboxLevel> {
  const network = await networkLevel();
  const limits = setLimits(process.pid, {});
  return {
    ...network,
    limits: limits.is === "done" ? "prlimit" : "none",
    limitsWhy: limits.is === "done" ? "" : limits.why,
  };
}

async function networkLevel(): Promise<Pick<SandboxLevel, "network" | "networkWhy" | "isolation">> {
  const open = (networkWhy: string) => ({ network: "open", networkWhy, isolation: [] }) as const;
  if (process.platform !== "linux") return open(`${process.platform} has no network namespaces`);
  const unshare = UNSHARE.find((path) => existsSync(path));
  if (unshare === undefined) return open("unshare (util-linux) is not installed");
  const isolation = [unshare, "--user", "--map-root-user", "--net", "--"];
  const probe = Bun.spawn([...isolation, unshare, "--version"], {
    env: {},
    stdin: "ignore",
    stdout: "ignore",
    stderr: "pipe",
  });
  const [code, words] = await Promise.all([probe.exited, new Response(probe.stderr).text()]);
  return code === 0
    ? { network: "namespace", networkWhy: "", isolation }
    : open(words.trim().split("\n")[0] ?? `unshare ended with ${code}`);
}
