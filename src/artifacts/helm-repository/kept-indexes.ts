/** Indexes of chart repositories as they are kept on disk. */
import type { Digest } from "../../core/model/source-revision.ts";
import { KeptTexts } from "../kept-texts.ts";
import type { PlaceParts } from "../place.ts";
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
const FORM = 2;

export class KeptIndexes {
  readonly #texts: KeptTexts;

  constructor(parts: Pick<PlaceParts, "folder" | "clock" | "log">) {
    this.#texts = new KeptTexts(parts, "an index of charts");
  }

  /** @param place `placeKey`: what was told to who logged in is told to nobody else */
  async read(place: string): Promise<HeardIndex | undefined> {
    const text = await this.#texts.read(place);
    return text === undefined ? undefined : fromText(text, place);
  }

  used(place: string): Promise<void> {
    return this.#texts.used(place);
  }

  async write(place: string, heard: HeardIndex): Promise<void> {
    await this.#texts.write(place, toText(heard, place));
  }
}

interface Written extends Omit<HeardIndex, "index" | "digests"> {
  form: number;
  place: string;
  charts: [string, readonly ChartVersion[]][];
  digests: [string, Digest][];
}

function toText({ index, digests, ...rest }: HeardIndex, place: string): string {
  const written: Written = { form: FORM, place, ...rest, charts: [...index], digests: [...digests] };
  return JSON.stringify(written);
}

/** What a digest stands before was written by us. */
function fromText(text: string, wanted: string): HeardIndex | undefined {
  const { form, place, charts, digests, ...rest } = JSON.parse(text) as Written;
  if (form !== FORM || place !== wanted) return undefined;
  return { ...rest, index: new Map(charts), digests: new Map(digests) };
}
