import { describe, expect, test } from "bun:test";
import { application } from "../../../test/lib/core-objects.ts";
import { type ApplicationSpec, appKey } from "../model/application.ts";
import type { ShownHold } from "../model/hold.ts";
import { describeHold } from "./describe-hold.ts";

const OLD = "0123456789abcdef0123456789abcdef01234567",
  NEW = "fedcba9876543210fedcba9876543210fedcba98";
const base: ShownHold = {
  at: { revision: OLD },
  deployment: 3,
  by: "user:ann",
  since: "2026-11-28T09:00:00Z",
  extras: "kept",
  until: "lifted",
};
const key = appKey("argocd", "shop");
const said = (more: Partial<ShownHold> = {}, spec = application().spec): string =>
  describeHold(key, { ...base, ...more }, spec);
const several = (...names: string[]): ApplicationSpec => ({
  ...application().spec,
  sources: names.map((targetRevision) => ({ repoURL: "https://git.example.com/shop.git", targetRevision })),
});
const SINCE = "(deployment 3, since 2026-11-28T09:00:00Z)";
const HELD = `held at 0123456 by ann ${SINCE}`;
const ON = "It goes on by: holdfast app unhold argocd/shop";

describe("describeHold()", () => {
  test.each<[what: string, said: string, want: string]>([
    ["who, since when, and how it goes on", said(), `${HELD}. ${ON}`],
    [
      "why, in that person's words",
      said({ reason: "it fails." }),
      `held at 0123456 by ann: it fails ${SINCE}. ${ON}`,
    ],
    ["that nothing waits where Git says the same", said({ git: [OLD] }), `${HELD}. ${ON}`],
    ["what waits", said({ git: [NEW] }), `${HELD}. What HEAD has since then waits. ${ON}`],
    [
      "which of several sources has something that waits",
      said({ at: { revisions: [OLD, OLD, OLD] }, git: [NEW, OLD, NEW] }, several("main", "v1", "next")),
      `held at 0123456, 0123456, 0123456 by ann ${SINCE}. What main and next have since then waits. ${ON}`,
    ],
    [
      "what cannot be told",
      said({ trouble: "it does not answer" }),
      `${HELD}. What Git has cannot be told: it does not answer. ${ON}`,
    ],
    [
      "that nothing is pruned where it would be",
      said({}, application({ syncPolicy: { automated: { prune: true } } }).spec),
      `${HELD}. Nothing is pruned meanwhile. ${ON}`,
    ],
    [
      "that a commit ends it",
      said({ until: "next-commit" }),
      `${HELD}. It goes on at the next commit that changes it, or by: holdfast app unhold argocd/shop`,
    ],
  ])("says %s", (_, text, want) => expect(text).toBe(want));
});
