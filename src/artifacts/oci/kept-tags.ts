/** What registries said of their tags, as it is kept on disk. */
import type { Digest } from "../../core/model/source-revision.ts";
import { KeptTexts } from "../kept-texts.ts";
import type { PlaceParts } from "../place.ts";

export interface HeardTag {
  digest: Digest;
  /** Milliseconds since 1970: when the request was sent to which it was the answer. */
  heardAt: number;
}

export interface HeardTags {
  tags: readonly string[];
  heardAt: number;
}

/** Of one repository: the tags that somebody asked about, and all of them where a constraint chooses. */
export interface HeardRepository {
  byTag: Readonly<Record<string, HeardTag>>;
  all?: HeardTags;
}

/** Of another one nothing can be read. */
const FORM = 2;

export class KeptTags {
  readonly #texts: KeptTexts;

  constructor(parts: Pick<PlaceParts, "folder" | "clock" | "log">) {
    this.#texts = new KeptTexts(parts, "what a registry said of its tags");
  }

  /** @param place `placeKey`: what was told to who logged in is told to nobody else */
  async read(place: string): Promise<HeardRepository | undefined> {
    const text = await this.#texts.read(place);
    if (text === undefined) return undefined;
    const {
      form,
      place: written,
      ...heard
    } = JSON.parse(text) as HeardRepository & { form: number; place: string };
    return form === FORM && written === place ? heard : undefined;
  }

  used(place: string): Promise<void> {
    return this.#texts.used(place);
  }

  async write(place: string, heard: HeardRepository): Promise<void> {
    await this.#texts.write(place, JSON.stringify({ form: FORM, place, ...heard }));
  }
}
