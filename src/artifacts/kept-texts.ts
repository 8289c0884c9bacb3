/** What servers said, on disk, so that a start asks nobody, and a server that is down is no loss. */
import { mkdirSync } from "node:fs";
import { readFile, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Log } from "../core/ports/log.ts";
import { codeOf } from "../lib/caught.ts";
import { hashText } from "../lib/hash.ts";
import type { PlaceParts } from "./place.ts";
import { type FileLimits, UsedFiles } from "./used-files.ts";

/** Longer than any archive is kept: what is known of it is worth nothing without. */
const TEXT_LIMITS: FileLimits = { maxAgeMs: 30 * 24 * 3_600_000, maxBytes: 2 ** 30 };
const TEXT = /^[0-9a-f]{32}\.json$/;

/** A text for each place, with its hash before it: what is cut or changed is none. */
export class KeptTexts {
  readonly #folder: string;
  readonly #log: Log;
  readonly #files: UsedFiles;

  constructor(
    { folder, clock, log }: Pick<PlaceParts, "folder" | "clock" | "log">,
    /** "an index of charts" */
    private readonly what: string,
  ) {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    this.#folder = folder;
    this.#log = log;
    this.#files = new UsedFiles(folder, clock, log, TEXT_LIMITS, TEXT, "texts");
  }

  /** It counts still, whether it was read or not: who has it in memory needs it after a restart. */
  async used(place: string): Promise<void> {
    await this.#files.used(fileOf(place));
  }

  /** @param place its name: an address without userinfo, or a key */
  async read(place: string): Promise<string | undefined> {
    try {
      const content = await readFile(this.#path(place), "utf8");
      const end = Math.max(0, content.indexOf("\n"));
      const text = content.slice(end + 1);
      if (hashText(text) === content.slice(0, end)) {
        await this.used(place);
        return text;
      }
      this.#log.warn(`${this.what} on disk is damaged and is asked for again`, { place });
    } catch (cause) {
      if (codeOf(cause) !== "ENOENT")
        this.#log.warn(`${this.what} on disk cannot be read`, { place, why: String(cause) });
    }
    return undefined;
  }

  async write(place: string, text: string): Promise<void> {
    const path = this.#path(place);
    const unfinished = `${path}.${process.pid}-${crypto.randomUUID()}`;
    try {
      await writeFile(unfinished, `${hashText(text)}\n${text}`, { mode: 0o600 });
      await rename(unfinished, path);
      await this.used(place);
    } catch (cause) {
      this.#log.warn(`${this.what} could not be kept on disk`, { place, why: String(cause) });
      await rm(unfinished, { force: true }).catch(() => undefined);
    }
  }

  #path(place: string): string {
    return join(this.#folder, fileOf(place));
  }
}

function fileOf(place: string): string {
  return `${hashText(place)}.json`;
}
