import { replaceProcess } from "./posix.ts";

/**
 * What Bun and its engine read from the environment when they start, and cannot be told later. Measured with 300 and
 * 1,000 applications (bench/): peak RSS 165 -> 118 MB and 222 -> 159 MB, for 5 % more CPU.
 */
export const RUNTIME_SETTINGS: Readonly<Record<string, string>> = {
  /** Requests open at once, watches counted. The default of 256 hangs every further one; this is as many as Bun takes. */
  BUN_CONFIG_MAX_HTTP_REQUESTS: "65336",
  /** After a full collection the heap may grow by this part before the next one. The default lets it triple on large machines. */
  BUN_JSC_heapGrowthMaxIncrease: "0.6",
  /** The same on machines with less than 16 GB, as a factor; the default doubles. */
  BUN_JSC_smallHeapGrowthFactor: "1.6",
  /** The optimising compilers: their code and what they know of it cost 20 MB, and a daemon that waits has no hot loops. */
  BUN_JSC_useDFGJIT: "0",
};

export interface ThisProcess {
  env: Readonly<Record<string, string | undefined>>;
  /** Absolute. */
  execPath: string;
  /** As in `process.argv`. */
  argv: readonly string[];
  execArgv: readonly string[];
}

export type RuntimeDecision =
  | { do: "go-on" }
  | { do: "replace"; path: string; argv: string[]; env: Record<string, string> };

/** What to do so that the settings hold. A variable that is set, to whatever, is somebody's decision. */
export function decideRuntime({ env, execPath, argv, execArgv }: ThisProcess): RuntimeDecision {
  if (Object.keys(RUNTIME_SETTINGS).every((name) => env[name] !== undefined)) return { do: "go-on" };
  const [, script = "", ...words] = argv;
  // A compiled program finds itself in its own file system, and takes its words alone.
  const program = script.startsWith("/$bunfs/") || script.startsWith("B:/~BUN/") ? [] : [...execArgv, script];
  const present = Object.entries(env).filter((entry): entry is [string, string] => entry[1] !== undefined);
  return {
    do: "replace",
    path: execPath,
    argv: [execPath, ...program, ...words],
    env: { ...RUNTIME_SETTINGS, ...Object.fromEntries(present) },
  };
}

/**
 * Replaces this process once, in place and with the same pid, by itself with the settings above. To be called first of
 * all, before anything is open. Returns where they are settled already, or cannot be: then it says why.
 */
export function settleRuntime(self: ThisProcess): { is: "settled" } | { is: "limited"; why: string } {
  const decision = decideRuntime(self);
  if (decision.do === "go-on") return { is: "settled" };
  const { why } = replaceProcess(decision.path, decision.argv, decision.env);
  const wanted = Object.entries(RUNTIME_SETTINGS)
    .map(([name, value]) => `${name}=${value}`)
    .join(" ");
  return {
    is: "limited",
    why: `at most 256 requests and watches at once, and more memory than needed: ${why}. Set ${wanted} in the environment`,
  };
}
