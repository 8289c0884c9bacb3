/** Runs the git program with an environment of its own: no user configuration, no prompts, no hooks, one protocol, limits. */
import { setPriority } from "node:os";
import { Failure } from "../core/model/failure.ts";
import { messageOf } from "../lib/caught.ts";
import { killGroup, type ResourceLimits, setLimits } from "../lib/posix.ts";

export interface GitRun {
  /** Absolute path of the git program. */
  git: string;
  argv: readonly string[];
  /** The one transport that git may use: `https`, `http`, `ssh`, `file`, or "" for none. */
  protocol: string;
  /** Configuration; never on the command line, where other users could read it. */
  config?: readonly (readonly [key: string, value: string])[];
  env?: Record<string, string>;
  limits: ResourceLimits;
  /** `background`: whatever else wants the processor goes first. */
  priority?: "usual" | "background";
  signal: AbortSignal;
  maxOutputBytes: number;
  /** Default: none. */
  stdin?: string;
}

export interface GitResult {
  code: number;
  stdout: string;
  /** Its last 8 KiB. */
  stderr: string;
}

/**
 * Source: security rules GI-1, GI-2 and DS-8. Order matters to git: later ones win. What is fetched is checked like a
 * push to a careful server; the faults that only old tools made, and that harm nobody here, are let pass.
 */
const CONFIG: readonly (readonly [string, string])[] = [
  ["core.hooksPath", "/dev/null"],
  ["core.fsmonitor", "false"],
  ["core.askPass", ""],
  ["credential.helper", ""],
  ["protocol.allow", "never"],
  ["protocol.ext.allow", "never"],
  ["http.followRedirects", "false"],
  ["transfer.bundleURI", "false"],
  ["transfer.fsckObjects", "true"],
  ["fetch.fsckObjects", "true"],
  ...[
    "zeroPaddedFilemode",
    "missingEmail",
    "badEmail",
    "missingNameBeforeEmail",
    "missingSpaceBeforeEmail",
    "missingSpaceBeforeDate",
    "badDate",
    "badDateOverflow",
    "badTimezone",
    "zeroPaddedDate",
    "badTagName",
    "missingTaggerEntry",
    "multipleAuthors",
    "nulInCommit",
    "gitmodulesName",
    "gitmodulesUrl",
    "gitmodulesPath",
    "gitmodulesParse",
    "gitmodulesUpdate",
  ].map((fault): [string, string] => [`fetch.fsck.${fault}`, "ignore"]),
  ["fetch.unpackLimit", "1"],
  ["fetch.recurseSubmodules", "false"],
  ["submodule.recurse", "false"],
  ["gc.auto", "0"],
  ["maintenance.auto", "false"],
  ["fetch.writeCommitGraph", "false"],
  ["protocol.version", "2"],
  ["safe.directory", "*"],
  // Memory: few and small windows on packs, big files in pieces, no cache beyond what one delta needs.
  ["core.bigFileThreshold", "16m"],
  ["core.packedGitWindowSize", "16m"],
  ["core.packedGitLimit", "256m"],
  ["core.deltaBaseCacheLimit", "16m"],
  ["pack.windowMemory", "64m"],
  ["pack.deltaCacheSize", "16m"],
  ["pack.threads", "1"],
];

/** Of whatever git or one of its helpers needs, apart from time and the size of files. */
export const GIT_LIMITS: ResourceLimits = {
  cpuSeconds: 120,
  openFiles: 1024,
  coreBytes: 0,
  addressSpaceBytes: 2 ** 30,
};

/** For a git that only reads: a program in its place may keep a log of what it is asked. */
export const READING_FILE_BYTES: number = 2 ** 20;

/** The whole environment of one run. */
export function gitEnvironment(
  protocol: string,
  config: readonly (readonly [string, string])[] = [],
  env: Readonly<Record<string, string>> = {},
): Record<string, string> {
  const allowed: (readonly [string, string])[] =
    protocol === "" ? [] : [[`protocol.${protocol}.allow`, "always"]];
  const all = [...CONFIG, ...allowed, ...config];
  return {
    PATH: "/usr/local/bin:/usr/bin:/bin",
    HOME: "/nonexistent",
    LANG: "C.UTF-8",
    LC_ALL: "C.UTF-8",
    TZ: "UTC",
    GIT_CONFIG_NOSYSTEM: "1",
    GIT_CONFIG_GLOBAL: "/dev/null",
    GIT_ATTR_NOSYSTEM: "1",
    GIT_TERMINAL_PROMPT: "0",
    GIT_LFS_SKIP_SMUDGE: "1",
    GIT_NO_LAZY_FETCH: "1",
    GIT_NO_REPLACE_OBJECTS: "1",
    GIT_OPTIONAL_LOCKS: "0",
    GIT_ALLOW_PROTOCOL: protocol === "" ? "none" : protocol,
    ...env,
    GIT_CONFIG_COUNT: String(all.length),
    ...Object.fromEntries(
      all.flatMap(([key, value], i) => [
        [`GIT_CONFIG_KEY_${i}`, key],
        [`GIT_CONFIG_VALUE_${i}`, value],
      ]),
    ),
  };
}

/** @throws the signal's reason when it is aborted; the program and all it started are killed then */
export async function runGit(run: GitRun): Promise<GitResult> {
  const { git, signal, maxOutputBytes } = run;
  signal.throwIfAborted();
  let child: Bun.Subprocess<"ignore" | Buffer, "pipe", "pipe">;
  try {
    child = Bun.spawn([git, ...run.argv], {
      cwd: "/",
      env: gitEnvironment(run.protocol, run.config, run.env),
      stdin: run.stdin === undefined ? "ignore" : Buffer.from(run.stdin),
      stdout: "pipe",
      stderr: "pipe",
      // A group of its own: git starts ssh and git-remote-https, which must not outlive it.
      detached: true,
    });
  } catch (cause) {
    throw new Failure("tool-missing", git, "after-edit", {
      cannot: "run git",
      why: messageOf(cause),
      fix: "Install git, or correct its path in the config",
      cause,
    });
  }
  setLimits(child.pid, run.limits);
  if (run.priority === "background") yieldTo(child.pid);
  const kill = (): void => void killGroup(child.pid, "SIGKILL");
  signal.addEventListener("abort", kill, { once: true });
  try {
    const [stdout, stderr, code] = await Promise.all([
      collect(child.stdout, maxOutputBytes, "head", kill),
      collect(child.stderr, 8192, "tail", kill),
      // A helper that git left behind holds the pipes open, and has nothing to do any more.
      child.exited.then((code) => {
        kill();
        return code;
      }),
    ]);
    signal.throwIfAborted();
    return { code, stdout, stderr };
  } finally {
    signal.removeEventListener("abort", kill);
  }
}

/** Best effort: where it may not be said, or the program has ended already, it runs like any other. */
function yieldTo(pid: number): "done" | "not possible" {
  try {
    setPriority(pid, 15);
    return "done";
  } catch {
    return "not possible";
  }
}

/** Keeps the first or the last bytes; more than the first ones ends the program. */
async function collect(
  stream: ReadableStream<Uint8Array>,
  maxBytes: number,
  keep: "head" | "tail",
  tooMuch: () => void,
): Promise<string> {
  let kept: Buffer = Buffer.alloc(0);
  const parts: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of stream) {
    bytes += chunk.byteLength;
    if (keep === "tail") {
      kept = Buffer.concat([kept, chunk]).subarray(-maxBytes);
    } else if (bytes <= maxBytes) {
      parts.push(chunk);
    } else {
      tooMuch();
    }
  }
  return keep === "tail" ? kept.toString("utf8") : Buffer.concat(parts).toString("utf8");
}
