import { readdir, rm, stat, utimes } from "node:fs/promises";
import { join } from "node:path";
import type { Clock } from "../core/ports/clock.ts";
import type { Log } from "../core/ports/log.ts";
import { Lru } from "../lib/lru.ts";

export interface FileLimits {
  /** What nobody used for so long goes. */
  maxAgeMs: number;
  /** All of it; beyond, what was used longest ago goes. */
  maxBytes: number;
}

/** A use is noted this often: age is counted in days. */
const NOTE_EVERY_MS = 3_600_000;
const SWEEP_EVERY_MS = 6 * 3_600_000;
/** Files whose last note is remembered; another one is noted once more. */
const MOST_NOTED = 20_000;

/** The files of a folder of ours: when each was used last, which is its own time, and those that nobody uses go. */
export class UsedFiles {
  readonly #noted = new Lru<string, number>(MOST_NOTED);
  #sweptMs: number;

  constructor(
    private readonly folder: string,
    private readonly clock: Clock,
    private readonly log: Log,
    private readonly limits: FileLimits,
    /** Names of files that are whole; any other is of a write. */
    private readonly whole: RegExp,
    /** "archives" */
    private readonly what: string,
  ) {
    this.#sweptMs = clock.now();
  }

  /** It is in use, whether it was read or not. */
  async used(name: string): Promise<void> {
    const now = this.clock.now();
    if (now - (this.#noted.get(name) ?? 0) >= NOTE_EVERY_MS) {
      this.#noted.set(name, now);
      await utimes(join(this.folder, name), now / 1000, now / 1000).catch(() => undefined);
    }
    if (now - this.#sweptMs < SWEEP_EVERY_MS) return;
    this.#sweptMs = now;
    await this.#sweep(now).catch((cause: unknown) =>
      this.log.warn(`unused ${this.what} could not be removed`, { why: String(cause) }),
    );
  }

  /** What is unfinished is of a write that was killed, once it is old. */
  async #sweep(now: number): Promise<void> {
    const names = await readdir(this.folder);
    const files = await Promise.all(
      names.map(async (name) => {
        const { size, mtimeMs } = await stat(join(this.folder, name));
        return { name, size, mtimeMs };
      }),
    );
    let bytes = files.reduce((sum, { size }) => sum + size, 0);
    for (const { name, size, mtimeMs } of files.sort((a, b) => a.mtimeMs - b.mtimeMs)) {
      const isLost = !this.whole.test(name) && now - mtimeMs > NOTE_EVERY_MS;
      if (!isLost && now - mtimeMs <= this.limits.maxAgeMs && bytes <= this.limits.maxBytes) continue;
      await rm(join(this.folder, name), { force: true });
      bytes -= size;
    }
  }
}
