import { expect, test } from "bun:test";
import { atOnce } from "../../lib/in-steps.ts";
import { KeptTexts } from "./kept-texts.ts";

const LONG = "a word that stands in a Secret, and a second one ".repeat(100);

test.each([
  ["that one ", true],
  ["word", true],
  [LONG, true],
  ["wo", false],
  ["worm", false],
  ["a Secret, and a third one", false],
  // Each four of its letters stand there, the whole does not.
  ["word that stands in a Secret, and a second one a word that stands in a second", false],
])("KeptTexts tells whether a text stands in one: %s", (text, is) => {
  expect(atOnce(KeptTexts.of(["that one is", LONG])).holds(text)).toBe(is);
});

test("KeptTexts reads nothing for what begins nowhere, and hides what it may read no more for", () => {
  const kept = atOnce(KeptTexts.of([LONG], LONG.length));
  for (let at = 0; at < 1_000; at++) expect(kept.holds(`value-${at}`)).toBe(false);
  expect(kept.holds("second one a word that stands in a second")).toBe(false);
  expect(kept.holds("second one a word that stands in a second")).toBe(true);
  expect(kept.holds("value-1")).toBe(false);
});
