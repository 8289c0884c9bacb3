/** A program as a person starts it in a terminal: what it printed so far, Ctrl-C, and whether anything of it is left. */

import { spawn } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";

export interface Started {
  pid: number;
  /** stdout and stderr in the order they came. */
  text(): string;
  /** The first match in what it prints. Throws with everything printed where it ends before, or takes too long. */
  until(pattern: RegExp, withinMs?: number): Promise<RegExpExecArray>;
  /** As a terminal does for Ctrl-C: every process of the foreground group gets it. */
  toGroup(signal: NodeJS.Signals): void;
  /** As `kill` and a service manager do: this one process gets it. */
  toItself(signal: NodeJS.Signals): void;
  ended: Promise<{ code: number | null; signal: NodeJS.Signals | null }>;
}

export function started(
  [program = "", ...argv]: readonly string[],
  { env, cwd }: { env: Record<string, string>; cwd: string },
): Started {
  const child = spawn(program, argv, { cwd, env, stdio: ["ignore", "pipe", "pipe"], detached: true });
  const { pid } = child;
  if (pid === undefined) throw new Error(`${program} does not start`);
  let text = "";
  let over = false;
  child.stdout.setEncoding("utf8").on("data", (chunk: string) => (text += chunk));
  child.stderr.setEncoding("utf8").on("data", (chunk: string) => (text += chunk));
  const ended = new Promise<{ code: number | null; signal: NodeJS.Signals | null }>((resolve) =>
    child.on("exit", (code, signal) => {
      over = true;
      resolve({ code, signal });
    }),
  );
  return {
    pid,
    ended,
    text: () => text,
    toGroup: (signal) => void process.kill(-pid, signal),
    toItself: (signal) => void process.kill(pid, signal),
    async until(pattern, withinMs = 60_000) {
      for (const end = Date.now() + withinMs; ; await Bun.sleep(20)) {
        const isOver = over;
        const match = pattern.exec(text);
        if (match !== null) return match;
        if (isOver || Date.now() > end)
          throw new Error(
            `${program} ${argv.join(" ")} ${isOver ? "ended" : "went on"} without printing ${pattern}:\n${text}`,
          );
      }
    },
  };
}

/** Command lines of the processes whose environment names `mark`: a HOME of their own tells a test's from all others. */
export function processesOf(mark: string): string[] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .flatMap((pid) => {
      try {
        if (!readFileSync(`/proc/${pid}/environ`, "utf8").includes(mark)) return [];
        const words = readFileSync(`/proc/${pid}/cmdline`, "utf8").split("\0").join(" ").trim();
        return words === "" ? [] : [`${pid} ${words}`];
      } catch (cause) {
        // It ended while we looked.
        if (["ENOENT", "ESRCH", "EACCES"].includes((cause as NodeJS.ErrnoException).code ?? "")) return [];
        throw cause;
      }
    });
}
