import { codeOf } from "./caught.ts";

/** Whether there is such a process, whoever's it is. */
export function isProcessRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (cause) {
    return codeOf(cause) !== "ESRCH";
  }
}
