/** Indexes of chart repositories on disk, so that a start asks nobody, and a server that is down is no loss. */
import { mkdirSync } from "node:fs";
import { readFile, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Digest } from "../../core/model/source-revision.ts";
import type { Log } from "../../core/ports/log.ts";
import { codeOf } from "../../lib/caught.ts";
import { hashText } from "../../lib/hash.ts";
import type { ChartIndex, ChartVersion } from "./chart-index.ts";

/** An index as a server gave it, or said that it still is. */
export interface HeardIndex {
  index: ChartIndex;
  /** Milliseconds since 1970: when the request was sent to which it was the answer. */
  heardAt: number;
  etag?: string;
  lastModified?: string;
  /** Of archives whose digest the index does not tell, by address: as they were when they were fetched. */
  digests: ReadonlyMap<string, Digest>;
}

/** Of another one nothing can be read. */
const FORM = 1;

export class KeptIndexes {
  constructor(
    private readonly folder: string,
    private readonly log: Log,
  ) {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
  }

  /** @param url of the repository, without userinfo */
  async read(url: string): Promise<HeardIndex | undefined> {
    try {
      const { digest, text } = split(await readFile(this.#path(url), "utf8"));
      if (hashText(text) === digest) return fromText(text, url);
      this.log.warn("a kept index of charts is damaged and is asked for again", { repository: url });
    } catch (cause) {
      if (codeOf(cause) !== "ENOENT")
        this.log.warn("a kept index of charts cannot be read", { repository: url, why: String(cause) });
    }
    return undefined;
  }

  async write(url: string, heard: HeardIndex): Promise<void> {
    const path = this.#path(url);
    const unfinished = `${path}.${process.pid}-${crypto.randomUUID()}`;
    const text = toText(heard, url);
    try {
      await writeFile(unfinished, `${hashText(text)}\n${text}`, { mode: 0o600 });
      await rename(unfinished, path);
    } catch (cause) {
      this.log.warn("an index of charts could not be kept on disk", { repository: url, why: String(cause) });
      await rm(unfinished, { force: true }).catch(() => undefined);
    }
  }

  #path(url: string): string {
    return join(this.folder, `${hashText(url)}.json`);
  }
}

interface Written extends Omit<HeardIndex, "index" | "digests"> {
  form: number;
  url: string;
  charts: [string, readonly ChartVersion[]][];
  digests: [string, Digest][];
}

function toText({ index, digests, ...rest }: HeardIndex, url: string): string {
  const written: Written = { form: FORM, url, ...rest, charts: [...index], digests: [...digests] };
  return JSON.stringify(written);
}

/** What a digest stands before was written by us. */
function fromText(text: string, wanted: string): HeardIndex | undefined {
  const { form, url, charts, digests, ...rest } = JSON.parse(text) as Written;
  if (form !== FORM || url !== wanted) return undefined;
  return { ...rest, index: new Map(charts), digests: new Map(digests) };
}

function split(content: string): { digest: string; text: string } {
  const end = content.indexOf("\n");
  return { digest: content.slice(0, Math.max(0, end)), text: content.slice(end + 1) };
}
