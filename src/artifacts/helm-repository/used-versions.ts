import type { Digest } from "../../core/model/source-revision.ts";
import type { Log } from "../../core/ports/log.ts";
import { KeptTexts } from "../kept-texts.ts";

/** Charts and versions of one place; beyond, what was used first goes. */
const MOST = 1_000;

/**
 * The digests of the versions that were used of a chart repository: an index forgets a version that is withdrawn, and
 * what was deployed with it is kept by its digest.
 */
export class UsedVersions {
  readonly #texts: KeptTexts;
  readonly #byPlace = new Map<string, Promise<Map<string, Digest>>>();

  constructor(folder: string, log: Log) {
    this.#texts = new KeptTexts(folder, log, "which versions of charts were used");
  }

  /** @param place `placeKey`: what was given to who logged in is known to nobody else */
  async digest(place: string, chart: string, version: string): Promise<Digest | undefined> {
    return (await this.#of(place)).get(`${chart} ${version}`);
  }

  async used(place: string, chart: string, version: string, digest: Digest): Promise<void> {
    const known = await this.#of(place);
    const name = `${chart} ${version}`;
    if (known.get(name) === digest) return;
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
