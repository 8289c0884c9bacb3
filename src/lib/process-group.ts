import { readdirSync, readFileSync } from "node:fs";

/** Whether more than `most` processes are in a group, those that ended and nobody asked about counted too. The newest are looked at first. */
export function hasMoreThan(most: number, group: number): boolean {
  let size = 0;
  const newest = namesIn("/proc")
    .map(Number)
    .filter((pid) => pid > 0)
    .sort((a, b) => b - a);
  for (const pid of newest) if (groupOf(pid) === group && ++size > most) return true;
  return false;
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

/** Source: proc_pid_stat(5). A program's name stands in parentheses, and may hold some itself. */
function groupOf(pid: number): number | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "latin1");
    return Number(stat.slice(stat.lastIndexOf(")") + 2).split(" ")[2]);
  } catch {
    // It has ended meanwhile.
    return undefined;
  }
}
