import type { HealthStatus } from "../../model/health.ts";
import { join, textAt } from "../read.ts";
import type { HealthRule, Verdict } from "../verdict.ts";
import { meaning } from "./words.ts";

/** How a kind names its state in one word. */
export interface PhaseDialect {
  /** Paths of the word, dotted; the first that holds one counts. */
  at: readonly string[];
  /** Words of this kind, where the common vocabulary says otherwise or nothing. Case does not matter. */
  words?: Partial<Record<HealthStatus, readonly string[]>>;
  /** What a word means that neither this kind nor the vocabulary knows; without it such a word is no evidence. */
  other?: HealthStatus;
  /** Paths of a sentence that goes with it. */
  message?: readonly string[];
  /** What to say where there is no sentence; otherwise the word itself. */
  say?: (word: string, object: unknown) => string;
}

const plain = (word: string): string => word.trim().toLowerCase();

/** Judges by one word. undefined where the object has none. */
export function byPhase({ at, words = {}, other, message = [], say }: PhaseDialect): HealthRule {
  const places = at.map((path) => ({ path, steps: path.split(".") }));
  const sentences = message.map((path) => path.split("."));
  const own = new Map(Object.entries(words).flatMap(([status, list]) => list.map((word) => [plain(word), status as HealthStatus] as const)));
  return (object): Verdict | undefined => {
    for (const { path, steps } of places) {
      const word = textAt(object, ...steps);
      if (word === "") continue;
      const status = own.get(plain(word)) ?? meaning(word) ?? other;
      if (status === undefined) continue;
      const sentence = sentences.map((where) => textAt(object, ...where)).find((text) => text !== "");
      return { status, message: sentence ?? (say === undefined ? word : say(word, object)), because: `${path} is ${join([word])}` };
    }
    return undefined;
  };
}
