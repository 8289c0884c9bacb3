/** Runs the git program with an environment of its own: no user configuration, no prompts, no hooks, one protocol. */
import { constants } from "node:os";
import { Failure } from "../core/model/failure.ts";

export interface GitRun {
  /** Absolute path of the git program. */
  git: string;
  argv: readonly string[];
  /** The one transport that git may use: `https`, `http`, `ssh`, `file`, or "" for none. */
  protocol: string;
  /** Configuration; never on the command line, where other users could read it. */
  config?: readonly (readonly [key: string, value: string])[];
  env?: Record<string, string>;
  signal: AbortSignal;
  maxOutputBytes: number;
}

export interface GitResult {
  code: number;
  stdout: string;
  /** Its last 8 KiB. */
  stderr: string;
}

/** Source: security rules GI-1 and GI-2. Order matters to git: later ones win. */
const CONFIG: readonly (readonly [string, string])[] = [
  ["core.hooksPath", "/dev/null"],
  ["core.fsmonitor", "false"],
  ["core.askPass", ""],
  ["credential.helper", ""],
  ["protocol.ext.allow", "never"],
  ["http.followRedirects", "false"],
  ["transfer.bundleURI", "false"],
  ["transfer.fsckObjects", "true"],
  ["fetch.unpackLimit", "1"],
  ["fetch.recurseSubmodules", "false"],
  ["submodule.recurse", "false"],
  ["gc.auto", "0"],
  ["maintenance.auto", "false"],
  ["fetch.writeCommitGraph", "false"],
  ["protocol.version", "2"],
  ["http.lowSpeedLimit", "1000"],
  ["http.lowSpeedTime", "30"],
  ["safe.directory", "*"],
];

/** @throws the signal's reason when it is aborted; the program and all it started are killed then */
export async function runGit({
  git,
  argv,
  protocol,
  config = [],
  env = {},
  signal,
  maxOutputBytes,
}: GitRun): Promise<GitResult> {
  signal.throwIfAborted();
  const all = [...CONFIG, ...config];
  let child: Bun.Subprocess<"ignore", "pipe", "pipe">;
  try {
    child = Bun.spawn([git, ...argv], {
      env: {
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
        GIT_ALLOW_PROTOCOL: protocol === "" ? "none" : protocol,
        ...env,
        GIT_CONFIG_COUNT: String(all.length),
        ...Object.fromEntries(
          all.flatMap(([key, value], i) => [
            [`GIT_CONFIG_KEY_${i}`, key],
            [`GIT_CONFIG_VALUE_${i}`, value],
          ]),
        ),
      },
      stdin: "ignore",
      stdout: "pipe",
      stderr: "pipe",
      // A group of its own: git starts ssh and git-remote-https, which must not outlive it.
      detached: true,
    });
  } catch (cause) {
    throw new Failure("tool-missing", git, "after-edit", {
      cannot: "run git",
      why: cause instanceof Error ? cause.message : String(cause),
      fix: "Install git, or correct its path in the config",
      cause,
    });
  }
  const kill = (): void => killGroup(child.pid);
  signal.addEventListener("abort", kill, { once: true });
  try {
    const [stdout, stderr, code] = await Promise.all([
      collect(child.stdout, maxOutputBytes, "head", kill),
      collect(child.stderr, 8192, "tail", kill),
      child.exited,
    ]);
    signal.throwIfAborted();
    return { code, stdout, stderr };
  } finally {
    signal.removeEventListener("abort", kill);
  }
}

function killGroup(pid: number): void {
  try {
    process.kill(-pid, constants.signals.SIGKILL);
  } catch (cause) {
    if (!(cause instanceof Error && "code" in cause && cause.code === "ESRCH")) throw cause;
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
