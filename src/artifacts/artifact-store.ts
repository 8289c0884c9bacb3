/** What was brought here, on disk, by the digest of its content and by who gave it. */
import { mkdirSync } from "node:fs";
import { readdir, readFile, rename, rm, stat, utimes, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Digest } from "../core/model/source-revision.ts";
import type { Clock } from "../core/ports/clock.ts";
import type { Log } from "../core/ports/log.ts";
import { codeOf } from "../lib/caught.ts";
import { digestOf } from "./place.ts";

export interface StoreLimits {
  /** What nobody used for so long goes. */
  maxAgeMs: number;
  /** All of it; beyond, what was used longest ago goes. */
  maxBytes: number;
}

const STORE_LIMITS: StoreLimits = { maxAgeMs: 7 * 24 * 3_600_000, maxBytes: 4 * 2 ** 30 };
/** A use is noted this often: age is counted in days. */
const NOTE_EVERY_MS = 3_600_000;
const SWEEP_EVERY_MS = 6 * 3_600_000;
const ARCHIVE = /^[0-9a-f]{32}-[0-9a-f]{64}$/;

/**
 * A file bears its name when it is whole, and is read again by its digest: what is cut or changed is no hit, and goes.
 * A disk that is full or gone costs a download, never an answer.
 */
export class ArtifactStore {
  readonly #folder: string;
  /** By path. */
  readonly #noted = new Map<string, number>();
  #sweptMs: number;

  constructor(
    dataDir: string,
    private readonly clock: Clock,
    private readonly log: Log,
    private readonly limits: StoreLimits = STORE_LIMITS,
  ) {
    this.#folder = join(dataDir, "archives");
    mkdirSync(this.#folder, { recursive: true, mode: 0o700 });
    this.#sweptMs = clock.now();
  }

  /** @param place `placeKey` */
  async get(digest: Digest, place: string): Promise<Uint8Array | undefined> {
    const path = this.#path(digest, place);
    let content: Uint8Array;
    try {
      content = await readFile(path);
    } catch (cause) {
      if (codeOf(cause) !== "ENOENT")
        this.log.warn("an archive cannot be read and is fetched again", { digest, why: String(cause) });
      return undefined;
    }
    if (digestOf(content) !== digest) {
      this.log.warn("an archive on disk is damaged and is fetched again", { digest });
      await rm(path, { force: true });
      return undefined;
    }
    await this.used(digest, place);
    return content;
  }

  async put(digest: Digest, place: string, content: Uint8Array): Promise<void> {
    const path = this.#path(digest, place);
    const unfinished = `${path}.${process.pid}-${crypto.randomUUID()}`;
    try {
      await writeFile(unfinished, content, { mode: 0o600 });
      await rename(unfinished, path);
    } catch (cause) {
      this.log.warn("an archive could not be kept on disk", { digest, why: String(cause) });
      await rm(unfinished, { force: true }).catch(() => undefined);
      return;
    }
    await this.used(digest, place);
  }

  /** It is in use, whether its file was read or not. */
  async used(digest: Digest, place: string): Promise<void> {
    const now = this.clock.now();
    const path = this.#path(digest, place);
    if (now - (this.#noted.get(path) ?? 0) >= NOTE_EVERY_MS) {
      this.#noted.set(path, now);
      await utimes(path, now / 1000, now / 1000).catch(() => undefined);
    }
    if (now - this.#sweptMs < SWEEP_EVERY_MS) return;
    this.#sweptMs = now;
    await this.#sweep(now).catch((cause: unknown) =>
      this.log.warn("unused archives could not be removed", { why: String(cause) }),
    );
  }

  #path(digest: Digest, place: string): string {
    return join(this.#folder, `${place}-${digest.slice("sha256:".length)}`);
  }

  /** What is unfinished is of a write that was killed, once it is old. */
  async #sweep(now: number): Promise<void> {
    const names = await readdir(this.#folder);
    const files = await Promise.all(
      names.map(async (name) => {
        const { size, mtimeMs } = await stat(join(this.#folder, name));
        return { name, size, mtimeMs };
      }),
    );
    let bytes = files.reduce((sum, { size }) => sum + size, 0);
    for (const { name, size, mtimeMs } of files.sort((a, b) => a.mtimeMs - b.mtimeMs)) {
      const isLost = !ARCHIVE.test(name) && now - mtimeMs > NOTE_EVERY_MS;
      if (!isLost && now - mtimeMs <= this.limits.maxAgeMs && bytes <= this.limits.maxBytes) continue;
      await rm(join(this.#folder, name), { force: true });
      bytes -= size;
    }
  }
}
