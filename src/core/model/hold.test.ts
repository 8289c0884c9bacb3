import { describe, expect, test } from "bun:test";
import { application } from "../../../test/lib/core-objects.ts";
import { defined } from "../../lib/defined.ts";
import { aimOf, withSources } from "./aim.ts";
import type { Application } from "./application.ts";
import { type Hold, isHeldAt, isNamedBy } from "./hold.ts";
import type { SyncSource } from "./operation.ts";

const OLD = "0123456789abcdef0123456789abcdef01234567",
  OTHER = "fedcba9876543210fedcba9876543210fedcba98";
const source = { repoURL: "https://git.example.com/shop.git", path: "." };
const hold = (more: Partial<Hold> = {}): Hold => ({
  at: { revision: OLD, source: { ...source, path: "old" } },
  deployment: 3,
  by: "user:ann",
  since: "2026-11-28T09:00:00Z",
  extras: "kept",
  until: { is: "lifted" },
  ...more,
});
const pruning = { syncPolicy: { automated: { prune: true, selfHeal: true } } };

describe("aimOf()", () => {
  test("is the application itself where nothing holds it", () => {
    const app = application(pruning);
    expect(aimOf(app, undefined).app).toBe(app);
    expect(aimOf(app, undefined).commits).toBeUndefined();
  });
  test("has the sources and commits of then, and everything else as it is written today", () => {
    const app = application({ ...pruning, ignoreDifferences: [{ kind: "Deployment" }] });
    const { app: held, commits } = aimOf(app, hold());
    expect(commits).toEqual([OLD]);
    expect(held.spec.source).toEqual({ ...source, path: "old" });
    expect(held.spec.ignoreDifferences).toEqual([{ kind: "Deployment" }]);
    expect(held.spec.destination).toEqual(app.spec.destination);
  });
  test("prunes by itself only where that was said", () => {
    const automated = (one: Hold) => aimOf(application(pruning), one).app.spec.syncPolicy?.automated;
    expect(automated(hold())).toEqual({ prune: false, selfHeal: true });
    expect(automated(hold({ extras: "pruned" }))).toEqual({ prune: true, selfHeal: true });
    const never = aimOf(application({ syncPolicy: { automated: {} } }), hold({ extras: "pruned" }));
    expect(never.app.spec.syncPolicy?.automated).toEqual({});
  });
});

describe("withSources()", () => {
  const many = [
    { ...source, path: "a" },
    { ...source, ref: "values" },
  ];
  const several = application({ sources: many });
  const own = application().spec.source;
  test.each<[what: string, app: Application, from: SyncSource, want: Pick<SyncSource, "source" | "sources">]>(
    [
      ["one in place of one", application(), { source }, { source }],
      ["several in place of one", application(), { sources: many }, { sources: many }],
      ["one in place of several", several, { source }, { source }],
      ["its own where none is named", application(), { revision: OLD }, defined({ source: own })],
      ["an empty list is none", application(), { sources: [] }, defined({ source: own })],
    ],
  )("%s", (_, app, from, want) => {
    const { spec } = withSources(app, from);
    expect(defined({ source: spec.source, sources: spec.sources })).toEqual(want);
  });
});

describe("isHeldAt()", () => {
  const two = hold({ at: { revisions: [OLD, OTHER], sources: [source, source] } });
  test.each<[what: string, hold: Hold, asked: string[], want: boolean]>([
    ["nothing asked for is nothing held", hold(), [], false],
    ["the commit", hold(), [OLD], true],
    ["its first digits", hold(), [OLD.slice(0, 7)], true],
    ["another one", hold(), [OTHER], false],
    ["more than are held", hold(), [OLD, OTHER], false],
    ["each in its place", two, [OLD, OTHER], true],
    ["the other way round", two, [OTHER, OLD], false],
  ])("%s", (_, one, asked, want) => expect(isHeldAt(one, asked)).toBe(want));
});

describe("isNamedBy()", () => {
  test.each<[asked: string, want: boolean]>([
    [OLD, true],
    [OLD.slice(0, 7), true],
    [OLD.slice(0, 6), false],
    ["main", false],
    ["", false],
  ])("%p", (asked, want) => expect(isNamedBy(OLD, asked)).toBe(want));
});
