import { existsSync } from "node:fs";
import { tmpdir } from "node:os";
import { messageOf } from "../lib/caught.ts";
import { setLimits } from "../lib/posix.ts";
import { JAIL_WORDS, type JailPlan, type JailWalls } from "./jail/jail-plan.ts";
import { jailCommand } from "./jail/jail-verb.ts";

/**
 * How well tools are shut in on this machine, each level with everything of those before it:
 * `none`; `limits` of CPU, memory and files; no `network`; no files but their own, which `landlock` forbids to open and
 * which for `mounts` do not exist.
 */
export const SANDBOX_LEVELS = ["none", "limits", "network", "landlock", "mounts"] as const;
export type SandboxName = (typeof SANDBOX_LEVELS)[number];
/** From here on a hole in a tool reads nothing of the machine and runs nothing of it. */
export const FULL_SANDBOX: SandboxName = "landlock";

export interface SandboxLevel extends JailWalls {
  name: SandboxName;
  limits: "prlimit" | "none";
  /** What stands in the way of the best one, "" where nothing does. */
  why: string;
  namespaces: JailPlan["namespaces"];
  /** Words put before a program: first those that make namespaces, then ourselves as the process that shuts itself in. */
  enter: readonly string[];
}

/** A machine on which nothing can be had. */
export const NO_SANDBOX: SandboxLevel = {
  name: "none",
  files: "open",
  network: "open",
  limits: "none",
  why: "nothing was tried",
  namespaces: "given",
  enter: [],
};

export function isFullSandbox({ name }: SandboxLevel): boolean {
  return rank(name) >= rank(FULL_SANDBOX);
}

const UNSHARE = ["/usr/bin/unshare", "/bin/unshare"];

type Attempt = JailWalls & { before: readonly string[]; namespaces: JailPlan["namespaces"] };

/** The best first. What `unshare` does for everybody, a privileged user can do without it. */
function attempts(): Attempt[] {
  const unshare = UNSHARE.find((path) => existsSync(path));
  const inUserNamespace = (...words: string[]): Attempt["before"][] =>
    unshare === undefined ? [] : [[unshare, "--user", "--map-root-user", ...words, "--"]];
  const given = "given" as const;
  const make = "make" as const;
  const alone = { before: [], namespaces: given } as const;
  return [
    ...inUserNamespace("--net", "--ipc", "--mount").map((before) => ({
      files: "mounts" as const,
      network: "namespace" as const,
      before,
      namespaces: given,
    })),
    { files: "mounts", network: "namespace", before: [], namespaces: make },
    ...inUserNamespace("--net").map((before) => ({
      files: "landlock" as const,
      network: "namespace" as const,
      before,
      namespaces: given,
    })),
    { files: "landlock", network: "namespace", before: [], namespaces: make },
    { files: "landlock", network: "seccomp", ...alone },
    ...inUserNamespace("--net").map((before) => ({
      files: "open" as const,
      network: "namespace" as const,
      before,
      namespaces: given,
    })),
    { files: "open", network: "seccomp", ...alone },
  ];
}

/**
 * Tries what the machine allows, about 20 milliseconds where the best is to be had. Ask once and keep the answer.
 * @param best nothing above it is tried, so that tests see what a lesser machine has
 */
export async function sandboxLevel(best: SandboxName = "mounts"): Promise<SandboxLevel> {
  for await (const level of sandboxes()) if (rank(level.name) <= rank(best)) return level;
  return NO_SANDBOX;
}

/** Everything that can be had here, the best first; several ways to one level are told one by one. */
export async function* sandboxes(): AsyncGenerator<SandboxLevel> {
  if (process.platform !== "linux") {
    yield { ...NO_SANDBOX, why: `${process.platform} has no sandbox that is used here` };
    return;
  }
  const limits = setLimits(process.pid, {});
  if (limits.is === "failed") {
    yield { ...NO_SANDBOX, why: limits.why };
    return;
  }
  // Why the best one failed is what a person can mend.
  let why = "";
  for (const { before, ...walls } of attempts()) {
    const enter = [...before, ...jailCommand(process)];
    const refused = await tryOut(walls, enter);
    if (refused === undefined) yield { ...walls, name: nameOf(walls), limits: "prlimit", why, enter };
    else if (why === "") why = refused;
  }
  yield { ...NO_SANDBOX, name: "limits", limits: "prlimit", why };
  yield { ...NO_SANDBOX, why };
}

function rank(name: SandboxName): number {
  return SANDBOX_LEVELS.indexOf(name);
}

function nameOf({ files, network }: JailWalls): SandboxName {
  if (network === "open") return "limits";
  return files === "open" ? "network" : files;
}

/** What stands in the way; undefined where nothing does. */
async function tryOut(
  walls: Pick<JailPlan, "files" | "network" | "namespaces">,
  enter: readonly string[],
): Promise<string | undefined> {
  // Any folder will do: what is put in its place is seen by the probe alone.
  const root = existsSync(tmpdir()) ? tmpdir() : "/dev";
  try {
    const nothing = {
      writable: [],
      readable: [],
      devices: [],
      env: {},
      limits: {},
      entered: "",
      signals: "any",
    } as const;
    const plan: JailPlan = { ...walls, ...nothing, root, cwd: "/" };
    const probe = Bun.spawn([...enter, JSON.stringify(plan)], {
      cwd: "/",
      env: {},
      stdin: "ignore",
      stdout: "ignore",
      stderr: "pipe",
    });
    const [code, words] = await Promise.all([probe.exited, new Response(probe.stderr).text()]);
    const [line = ""] = words.trim().split("\n");
    if (code === 0) return undefined;
    return line.startsWith(JAIL_WORDS) ? line.slice(JAIL_WORDS.length) : line || `it ended with ${code}`;
  } catch (cause) {
    return messageOf(cause);
  }
}
