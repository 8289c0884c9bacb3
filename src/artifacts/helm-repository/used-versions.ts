import type { Digest } from "../../core/model/source-revision.ts";
import { Lru } from "../../lib/lru.ts";
import { KeptTexts } from "../kept-texts.ts";
import type { PlaceParts } from "../place.ts";

/** Charts and versions of one place; beyond, what was used first goes. */
const MOST = 1_000;
/** Places whose versions are in memory. */
const MOST_PLACES = 200;

/**
 * The digests of the versions that were used of a chart repository: an index forgets a version that is withdrawn, and
 * what was deployed with it is kept by its digest.
 */
export class UsedVersions {
  readonly #texts: KeptTexts;
  readonly #byPlace = new Lru<string, Promise<Map<string, Digest>>>(MOST_PLACES);

  constructor(parts: Pick<PlaceParts, "folder" | "clock" | "log">) {
    this.#texts = new KeptTexts(parts, "which versions of charts were used");
  }

  /** @param place `placeKey`: what was given to who logged in is known to nobody else */
  async digest(place: string, chart: string, version: string): Promise<Digest | undefined> {
    const found = (await this.#of(place)).get(`${chart} ${version}`);
    if (found !== undefined) await this.#texts.used(keyOf(place));
    return found;
  }

  async used(place: string, chart: string, version: string, digest: Digest): Promise<void> {
    const known = await this.#of(place);
    const name = `${chart} ${version}`;
    if (known.get(name) === digest) return this.#texts.used(keyOf(place));
    known.delete(name);
    known.set(name, digest);
    for (const oldest of known.keys()) if (known.size > MOST) known.delete(oldest);
    await this.#texts.write(keyOf(place), JSON.stringify([...known]));
  }

  #of(place: string): Promise<Map<string, Digest>> {
    const known = this.#byPlace.get(place) ?? this.#read(place);
    this.#byPlace.set(place, known);
    return known;
  }

  async #read(place: string): Promise<Map<string, Digest>> {
    const text = await this.#texts.read(keyOf(place));
    return new Map(text === undefined ? [] : (JSON.parse(text) as [string, Digest][]));
  }
}

function keyOf(place: string): string {
  return `used ${place}`;
}
