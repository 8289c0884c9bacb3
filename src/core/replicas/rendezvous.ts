/**
 * Rendezvous hashing: of all places, a key is at the one that scores highest with it. When a place comes or goes only the
 * keys move that it gets or had. Whole numbers alone, so that replicas of two architectures, or of two versions of this
 * program, never disagree: what is here is never changed, or two would write.
 */
import { hashSha256 } from "../../lib/hash.ts";

export interface Place {
  /** Of this place alone. */
  name: string;
  /** Its share beside the others', a whole number from 1 to MOST_WEIGHT. */
  weight: number;
}

/** A place scores so many times at most for each key. */
export const MOST_WEIGHT = 16;

/** Two halves, each of 32 bits. */
type Hash = readonly [number, number];

/** @returns at which of the places a key is; undefined where there is none */
export function rendezvous<P extends Place>(places: readonly P[]): (key: string) => P | undefined {
  // By name, so that a tie is the same one everywhere.
  const sorted = places.toSorted((one, other) => (one.name < other.name ? -1 : 1));
  const chances = sorted.flatMap((place) =>
    Array.from({ length: place.weight }, (_, nth) => ({ place, hash: hashOf(`${place.name}\n${nth}`) })),
  );
  return (key) => {
    const keys = hashOf(key);
    let best: P | undefined,
      bestHigh = -1,
      bestLow = -1;
    for (const { place, hash } of chances) {
      const high = mixed(keys[0] ^ hash[0], hash[1]);
      if (high < bestHigh) continue;
      const low = mixed(keys[1] ^ hash[1], high);
      if (high === bestHigh && low <= bestLow) continue;
      [best, bestHigh, bestLow] = [place, high, low];
    }
    return best;
  };
}

function hashOf(text: string): Hash {
  const hex = hashSha256(text);
  return [Number.parseInt(hex.slice(0, 8), 16), Number.parseInt(hex.slice(8, 16), 16)];
}

/** 32 bits of which each depends on all of both. Source: the finalizer of MurmurHash3, by Austin Appleby, in the public domain. */
function mixed(one: number, other: number): number {
  return finalized(finalized(one) ^ other);
}

function finalized(value: number): number {
  let bits = value >>> 0;
  bits = Math.imul(bits ^ (bits >>> 16), 0x85ebca6b);
  bits = Math.imul(bits ^ (bits >>> 13), 0xc2b2ae35);
  return (bits ^ (bits >>> 16)) >>> 0;
}
