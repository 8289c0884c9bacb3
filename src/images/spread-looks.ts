/** What a round will ask of registries, asked little by little before it: a thousand applications do not ask at once. */
import type { Clock } from "../core/ports/clock.ts";
import { hashSha256 } from "../lib/hash.ts";

export interface SpreadLook {
  /** Equal for what is one question: it begins at one moment, and whoever is asked answers all who wait for it. */
  place: string;
  ask(): Promise<unknown>;
}

/** Few images wait for nobody: so long for each, and for all of them no longer than is permitted. */
const EACH_MS = 250;

/** Over how long so many places are spread, milliseconds. @param mostMs as the config has it */
function spreadMs(places: number, mostMs: number): number {
  return Math.min(mostMs, Math.max(0, places - 1) * EACH_MS);
}

/**
 * Each place has its own moment, the same in every round, so that the pause between two looks at it is the interval's.
 * What fails is for the round to tell.
 * @throws the signal's reason
 */
export async function spreadLooks(
  looks: readonly SpreadLook[],
  mostMs: number,
  clock: Pick<Clock, "sleep">,
  signal: AbortSignal,
): Promise<void> {
  const byPlace = Map.groupBy(looks, ({ place }) => place);
  const overMs = spreadMs(byPlace.size, mostMs);
  await Promise.all(
    [...byPlace].map(async ([place, asking]) => {
      await clock.sleep(Math.floor(fraction(place) * overMs), signal);
      await Promise.all(asking.map(({ ask }) => ask().catch(() => undefined)));
    }),
  );
  signal.throwIfAborted();
}

/** In [0, 1), by its name alone. */
function fraction(text: string): number {
  return Number.parseInt(hashSha256(text).slice(0, 8), 16) / 2 ** 32;
}
