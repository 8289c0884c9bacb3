import { existsSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { messageOf } from "../lib/caught.ts";
import { errorText, setLimits } from "../lib/posix.ts";
import type { JailPlan, JailWalls } from "./jail/jail-plan.ts";
import { JAIL_FAILED, JAIL_WORDS, readJailWords } from "./jail/jail-steps.ts";
import { jailCommand } from "./jail/jail-verb.ts";
import { launcherPath } from "./jail/launcher.ts";
import { triedOut } from "./jail/shut-in.ts";

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
  /** Words that start the process which shuts itself in; the file that tells it how comes behind them. */
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

type Attempt = JailWalls & Pick<SandboxLevel, "namespaces" | "enter">;

/** What starts the process that shuts itself in: the launcher, or where it cannot run this program anew. */
export type Entrance = "launcher" | "this program";

/** The best first; of two ways to the same, the one that asks for no privileges. */
const WALLS: readonly JailWalls[] = [
  { files: "mounts", network: "namespace" },
  { files: "landlock", network: "namespace" },
  { files: "landlock", network: "seccomp" },
  { files: "open", network: "namespace" },
  { files: "open", network: "seccomp" },
];

function attempts(entrance: Entrance): Attempt[] {
  return WALLS.flatMap((walls) =>
    waysTo(walls, entrance).map(([namespaces, ...enter]): Attempt => ({ ...walls, namespaces, enter })),
  );
}

/** Who makes the namespaces, and what starts the process. */
function waysTo({ files, network }: JailWalls, entrance: Entrance): [JailPlan["namespaces"], ...string[]][] {
  if (entrance === "launcher") {
    const launcher = launcherPath();
    return network === "namespace"
      ? [
          ["make-as-user", launcher],
          ["make", launcher],
        ]
      : [["given", launcher]];
  }
  const ourselves = jailCommand(process);
  if (network !== "namespace") return [["given", ...ourselves]];
  // A process of several threads, as every one of this runtime is, cannot make a user namespace.
  const unshare = UNSHARE.find((path) => existsSync(path));
  const mounts = files === "mounts" ? ["--ipc", "--mount"] : [];
  const words = ["--user", "--map-root-user", "--net", ...mounts, "--"];
  return [
    ...(unshare === undefined ? [] : [["given", unshare, ...words, ...ourselves] as ["given", ...string[]]]),
    ["make", ...ourselves],
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

/**
 * Everything that can be had here, the best first; several ways to one level are told one by one.
 * @param entrance default: the launcher, where it runs
 */
export async function* sandboxes(entrance?: Entrance): AsyncGenerator<SandboxLevel> {
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
  for (const { enter, ...walls } of attempts(entrance ?? bestEntrance())) {
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

/** The launcher needs a kernel that has files in memory, and may execute them. */
function bestEntrance(): Entrance {
  try {
    // Without a file that tells it what to do it ends at once.
    return Bun.spawnSync([launcherPath()], { env: {} }).exitCode === JAIL_FAILED
      ? "launcher"
      : "this program";
  } catch {
    return "this program";
  }
}

/** What stands in the way; undefined where nothing does. */
async function tryOut(
  walls: Pick<JailPlan, "files" | "network" | "namespaces">,
  enter: readonly string[],
): Promise<string | undefined> {
  // Any folder will do: what is put in its place is seen by the probe alone.
  const root = existsSync(tmpdir()) ? tmpdir() : "/dev";
  const file = join(root, `holdfast-jail-${crypto.randomUUID()}`);
  try {
    const nothing = { writable: [], readable: [], devices: [], signals: "its own" } as const;
    writeFileSync(file, triedOut({ ...walls, ...nothing, root, cwd: "/" }, process.execPath), {
      mode: 0o600,
    });
    const probe = Bun.spawn([...enter, file], {
      cwd: "/",
      env: {},
      stdin: "ignore",
      stdout: "ignore",
      stderr: "pipe",
    });
    const [code, words] = await Promise.all([probe.exited, new Response(probe.stderr).text()]);
    return code === 0 ? undefined : notShutIn(words, code);
  } catch (cause) {
    return messageOf(cause);
  } finally {
    rmSync(file, { force: true });
  }
}

/** Why a process did not shut itself in, by what it said; us, `unshare` or the runtime: the machine's trouble, never the manifest's. */
export function notShutIn(words: string, code: number): string {
  const refused = readJailWords(words);
  if (refused !== undefined) return `${refused.what}: ${errorText(refused.error)}`;
  const [line = ""] = words.trim().split("\n");
  return line.startsWith(JAIL_WORDS) ? line.slice(JAIL_WORDS.length) : line || `it ended with ${code}`;
}
