import { replaceProcess } from "../lib/posix.ts";

/** Bun lets a process have 256 requests open at once, watches counted, unless this says otherwise before it starts. */
export const LIMIT_VARIABLE = "BUN_CONFIG_MAX_HTTP_REQUESTS";
/** As much as Bun takes. */
const LIFTED = "65336";

export interface ThisProcess {
  env: Readonly<Record<string, string | undefined>>;
  /** Absolute. */
  execPath: string;
  /** As in `process.argv`. */
  argv: readonly string[];
  execArgv: readonly string[];
}

export type LimitDecision = { do: "go-on" } | { do: "replace"; path: string; argv: string[]; env: Record<string, string> };

/** What to do so that requests never wait for watches. A variable that is set, to whatever, is somebody's decision. */
export function decideConnectionLimit({ env, execPath, argv, execArgv }: ThisProcess): LimitDecision {
  if (env[LIMIT_VARIABLE] !== undefined) return { do: "go-on" };
  const [, script = "", ...words] = argv;
  // A compiled program finds itself in its own file system, and takes its words alone.
  const program = script.startsWith("/$bunfs/") || script.startsWith("B:/~BUN/") ? [] : [...execArgv, script];
  const present = Object.entries(env).filter((entry): entry is [string, string] => entry[1] !== undefined);
  return { do: "replace", path: execPath, argv: [execPath, ...program, ...words], env: { ...Object.fromEntries(present), [LIMIT_VARIABLE]: LIFTED } };
}

/**
 * Replaces this process once, in place and with the same pid, by itself with a lifted limit. To be called first of all,
 * before anything is open. Returns where the limit is settled already, or cannot be changed: then it says why.
 */
export function liftConnectionLimit(self: ThisProcess): { is: "settled" } | { is: "limited"; why: string } {
  const decision = decideConnectionLimit(self);
  if (decision.do === "go-on") return { is: "settled" };
  const { why } = replaceProcess(decision.path, decision.argv, decision.env);
  return { is: "limited", why: `at most 256 requests and watches at once: ${why}. Set ${LIMIT_VARIABLE}=${LIFTED} in the environment` };
}
