import { expect, test } from "bun:test";
import { historyCli } from "./history-cli.ts";
import { KINDS, type Kind } from "./timeline.ts";

test.each([
  [["deployment"], "", "app history shop/web"],
  [
    ["health"],
    "",
    "activity transitions --app shop/web --kind health-degraded,health-recovered --limit 1000",
  ],
  // Heals are syncs, which are in no list of transitions.
  [["drift"], "", undefined],
  [["deployment", "health"], "", undefined],
  [KINDS, "", undefined],
  [["deployment"], "ann", undefined],
] as [Kind[], string, string | undefined][])("historyCli() of %j, found by %p", (kinds, words, want) => {
  expect(historyCli("shop/web", { kinds, words })?.join(" ")).toBe(want as string);
});
