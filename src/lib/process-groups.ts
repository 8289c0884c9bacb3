import { readdir, readFile } from "node:fs/promises";

const LOOK_EVERY_MS = 100;
/** Files that are read at once. */
const READS_AT_ONCE = 32;

interface Watched {
  most: number;
  onMore: () => void;
}

/**
 * Counts the processes of groups that must not grow beyond a number, those that ended and nobody asked about included: one
 * look for all of them, ten times a second while any is watched. Of a process that was there before nothing is read again:
 * who is shut in cannot leave its group.
 */
export class ProcessGroups {
  readonly #watchedByLeader = new Map<number, Watched>();
  #groupByProcess = new Map<number, number>();
  #timer: Timer | undefined;
  #look: "none" | "running" = "none";

  /**
   * @param onMore called once a look for as long as there are more
   * @returns ends it
   */
  watch(leader: number, most: number, onMore: () => void): () => void {
    const watched = { most, onMore };
    this.#watchedByLeader.set(leader, watched);
    this.#timer ??= setInterval(() => void this.#lookAtAll(), LOOK_EVERY_MS);
    return () => {
      // Its number may be another group's meanwhile.
      if (this.#watchedByLeader.get(leader) !== watched) return;
      this.#watchedByLeader.delete(leader);
      if (this.#watchedByLeader.size > 0) return;
      clearInterval(this.#timer);
      this.#timer = undefined;
      this.#groupByProcess.clear();
    };
  }

  async #lookAtAll(): Promise<void> {
    if (this.#look === "running") return;
    this.#look = "running";
    try {
      await this.#count();
    } finally {
      this.#look = "none";
    }
  }

  async #count(): Promise<void> {
    const known = this.#groupByProcess;
    const there = (await readdir("/proc").catch(() => [])).map(Number).filter((pid) => pid > 0);
    const groups = new Map<number, number>();
    const news: number[] = [];
    for (const pid of there) {
      const group = known.get(pid);
      if (group === undefined) news.push(pid);
      else groups.set(pid, group);
    }
    for (let at = 0; at < news.length; at += READS_AT_ONCE)
      await Promise.all(
        news.slice(at, at + READS_AT_ONCE).map(async (pid) => {
          const group = await groupOf(pid);
          if (group !== undefined) groups.set(pid, group);
        }),
      );
    const sizes = new Map<number, number>();
    for (const group of groups.values()) sizes.set(group, (sizes.get(group) ?? 0) + 1);
    if (this.#watchedByLeader.size > 0) this.#groupByProcess = groups;
    for (const [leader, { most, onMore }] of this.#watchedByLeader)
      if ((sizes.get(leader) ?? 0) > most) onMore();
  }
}

/** Source: proc_pid_stat(5). A program's name stands in parentheses, and may hold some itself. */
async function groupOf(pid: number): Promise<number | undefined> {
  try {
    const stat = await readFile(`/proc/${pid}/stat`, "latin1");
    return Number(stat.slice(stat.lastIndexOf(")") + 2).split(" ")[2]);
  } catch {
    // It has ended meanwhile.
    return undefined;
  }
}
