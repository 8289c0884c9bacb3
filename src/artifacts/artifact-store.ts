/** What was brought here, on disk, by the digest of its content and by who gave it. */
import { mkdirSync } from "node:fs";
import { readFile, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Digest } from "../core/model/source-revision.ts";
import type { Clock } from "../core/ports/clock.ts";
import type { Log } from "../core/ports/log.ts";
import { codeOf } from "../lib/caught.ts";
import { digestOf } from "./place.ts";
import { type FileLimits, UsedFiles } from "./used-files.ts";

const STORE_LIMITS: FileLimits = { maxAgeMs: 7 * 24 * 3_600_000, maxBytes: 4 * 2 ** 30 };
const ARCHIVE = /^[0-9a-f]{32}-[0-9a-f]{64}$/;

/**
 * A file bears its name when it is whole, and is read again by its digest: what is cut or changed is no hit, and goes.
 * A disk that is full or gone costs a download, never an answer.
 */
export class ArtifactStore {
  readonly #folder: string;
  readonly #files: UsedFiles;

  constructor(
    dataDir: string,
    clock: Clock,
    private readonly log: Log,
    limits: FileLimits = STORE_LIMITS,
  ) {
    this.#folder = join(dataDir, "archives");
    mkdirSync(this.#folder, { recursive: true, mode: 0o700 });
    this.#files = new UsedFiles(this.#folder, clock, log, limits, ARCHIVE, "archives");
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
    await this.#files.used(nameOf(digest, place));
  }

  #path(digest: Digest, place: string): string {
    return join(this.#folder, nameOf(digest, place));
  }
}

function nameOf(digest: Digest, place: string): string {
  return `${place}-${digest.slice("sha256:".length)}`;
}
