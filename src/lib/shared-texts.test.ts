import { expect, test } from "bun:test";
import { SharedTexts } from "./shared-texts.ts";

test("what is equal stays equal, also once all that was shared is forgotten", () => {
  const shared = new SharedTexts(3);
  const texts = Array.from({ length: 50 }, (_, at) => `text-${at % 7}`);
  expect(texts.map((text) => shared.of(text))).toEqual(texts);
});
