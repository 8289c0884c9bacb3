/** How large the processes that a process started became, whatever group they and their own are in. */
import { readdirSync, readFileSync } from "node:fs";

export class ChildrenMemory {
  #peak = 0;
  readonly #timer: ReturnType<typeof setInterval>;

  /** @param pid whose children are looked at, several times a second */
  constructor(readonly pid: number) {
    this.#timer = setInterval(() => this.#look(), 25);
  }

  /** Bytes: the largest peak of one process since the last call. */
  take(): number {
    this.#look();
    const peak = this.#peak;
    this.#peak = 0;
    return peak;
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  #look(): void {
    const all = readdirSync("/proc")
      .filter((name) => /^\d+$/.test(name))
      .flatMap(statusOf);
    const children = new Set(all.filter(({ parent }) => parent === this.pid).map(({ pid }) => pid));
    for (const { pid, group, peakBytes } of all)
      if (children.has(pid) || children.has(group)) this.#peak = Math.max(this.#peak, peakBytes);
  }
}

function statusOf(name: string): { pid: number; parent: number; group: number; peakBytes: number }[] {
  try {
    // `pid (name) state parent group …`; the name may hold anything.
    const stat = readFileSync(`/proc/${name}/stat`, "utf8");
    const [, parent, group] = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    const kilobytes = /^VmHWM:\s+(\d+)/m.exec(readFileSync(`/proc/${name}/status`, "utf8"))?.[1];
    return [
      {
        pid: Number(name),
        parent: Number(parent),
        group: Number(group),
        peakBytes: Number(kilobytes ?? 0) * 1024,
      },
    ];
  } catch {
    // It ended meanwhile.
    return [];
  }
}
