import { expect, test } from "bun:test";
import { type CountedSets, setsMark } from "./sets-mark.ts";

const wrong = { name: "argocd/previews", message: "no such branch" };

test.each<[string, CountedSets | undefined, ReturnType<typeof setsMark>]>([
  ["nothing where no sets are followed", undefined, undefined],
  ["nothing where all is well", { waiting: [], wrong: [] }, undefined],
  ["errors", { waiting: [], wrong: [wrong] }, { count: "1", words: "1 with errors" }],
  [
    "what waits",
    { waiting: ["argocd/a"], wrong: [] },
    { count: "1", words: "1 deletion waits for somebody" },
  ],
  [
    "both",
    { waiting: ["argocd/a", "argocd/b"], wrong: [wrong] },
    { count: "3", words: "1 with errors, 2 deletions wait for somebody" },
  ],
])("setsMark() has %s", (_, sets, want) => {
  expect(setsMark(sets)).toEqual(want as never);
});
