import type { HealthStatus } from "../../model/health.ts";
import { isWorse } from "../order.ts";
import { textAt } from "../read.ts";
import type { HealthRule, Verdict } from "../verdict.ts";
import { meaning } from "./words.ts";

/** How a kind names its state in one word. */
export interface PhaseDialect {
  /** Paths of the word, dotted. */
  at: readonly string[];
  /** Where several hold one: the first counts (the rule), or the worst. */
  several?: "first" | "worst";
  /** Words of this kind, where the common vocabulary says otherwise or nothing. Case does not matter. */
  words?: Partial<Record<HealthStatus, readonly string[]>>;
  /** What a word means that neither this kind nor the vocabulary knows; without it such a word is no evidence. */
  other?: HealthStatus;
  /** Paths of a sentence that goes with it. */
  message?: readonly string[];
  /** What to say where there is no sentence; otherwise `state is Failed`. */
  say?: (word: string, object: unknown) => string;
}

const plain = (word: string): string => word.trim().toLowerCase();

/** Several words are a sentence of their own. */
const plainly = (word: string, field: string): string =>
  /\s/.test(word.trim()) ? word.trim() : `${field} is ${word.trim()}`;

/** Judges by one word. undefined where the object has none. */
export function byPhase({
  at,
  several = "first",
  words = {},
  other,
  message = [],
  say,
}: PhaseDialect): HealthRule {
  const places = at.map((path) => ({ path, steps: path.split(".") }));
  const sentences = message.map((path) => path.split("."));
  const own = new Map(
    Object.entries(words).flatMap(([status, list]) =>
      list.map((word) => [plain(word), status as HealthStatus] as const),
    ),
  );
  return (object): Verdict | undefined => {
    let worst: Verdict | undefined;
    for (const { path, steps } of places) {
      const word = textAt(object, ...steps);
      if (word === "") continue;
      const status = own.get(plain(word)) ?? meaning(word) ?? other;
      if (status === undefined || (worst !== undefined && !isWorse(status, worst.status))) continue;
      const sentence = sentences.map((where) => textAt(object, ...where)).find((text) => text !== "");
      worst = {
        status,
        message: sentence ?? (say === undefined ? plainly(word, steps.at(-1) ?? path) : say(word, object)),
        because: `${path} is ${word.trim()}`,
      };
      if (several === "first") break;
    }
    return worst;
  };
}
