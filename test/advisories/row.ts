import type { Stand } from "./stand.ts";

/** One class of published advisories, or one demand that they taught, played against what is built. */
export interface Played {
  /** Of the class in the project's security rules; a word where it is a demand. */
  id: string;
  /** The fault, and whose it was. */
  about: string;
  /** What is sent. */
  input: string;
  /** @returns which wall held, as it was seen @throws {NotHeld} where none did */
  play(stand: Stand): Promise<string>;
}

export interface NotApplicable {
  id: string;
  about: string;
  /** Why nothing of Holdfast can meet it today. */
  because: string;
}

export type Row = Played | NotApplicable;

/** What must not happen did. */
export class NotHeld extends Error {
  override name = "NotHeld";
}

export function must(holds: unknown, otherwise: string): asserts holds {
  if (holds !== true) throw new NotHeld(otherwise);
}

export function mustEqual(seen: unknown, wanted: unknown, of: string): void {
  if (!Bun.deepEquals(seen, wanted))
    throw new NotHeld(`${of}: ${JSON.stringify(seen)}, not ${JSON.stringify(wanted)}`);
}

/** `a (3), b`: each once, with how often it was seen. */
export function tally(seen: readonly string[]): string {
  return [...Map.groupBy(seen, (one) => one)]
    .map(([one, all]) => (all.length === 1 ? one : `${one} (${all.length})`))
    .join(", ");
}
