import { describe, expect, test } from "bun:test";
import type { DeploymentLine } from "./deployment-words.ts";
import {
  askedFor,
  type Entry,
  FIRST_KINDS,
  folded,
  found,
  KINDS,
  type Known,
  kindsIn,
  kindsText,
  type Run,
  type TransitionEntry,
  timelineOf,
} from "./timeline.ts";

const line = (id: number, at: string, more: Partial<DeploymentLine> = {}): DeploymentLine => ({
  ...{ id, at, took: "3 s", revision: "9f2e1aa", commits: ["9f2e1aa0"], by: "ann", cause: "manual" },
  ...{ sources: "shop", places: ["shop"], is: undefined, ...more },
});
const run = (id: number, at: string, more: Partial<Run["state"]> = {}, cause = "manual"): Run => ({
  ...{ id, cause },
  state: {
    operation: { sync: {}, initiatedBy: { username: "ann" } },
    ...{ phase: "Succeeded", message: "successfully synced", startedAt: at, finishedAt: at, ...more },
  },
});
const entry = (seq: number, at: string, action: string, more: Partial<Entry> = {}): Entry => ({
  ...{ seq, at, action, actor: "user:ann", ...more },
});
const known = (more: Partial<Known>): Known => ({
  deployments: [],
  runs: [],
  entries: [],
  transitions: [],
  older: "none",
  ...more,
});
const said = (all: Known): string[] =>
  timelineOf(all).map(({ what, state }) => [what, state].join(" ").trim());

const [EARLY, MID, LATE] = ["2026-11-30T01:00:00Z", "2026-11-30T02:00:00Z", "2026-11-30T03:00:00Z"];

describe("timelineOf()", () => {
  test("tells a deployment once, not as its run again; nor who asked for it", () => {
    const all = known({
      deployments: [line(1, MID)],
      runs: [run(7, MID), run(8, LATE, { phase: "Failed", message: "no" })],
      entries: [
        entry(3, EARLY, "sync"),
        entry(4, EARLY, "sync", { outcome: { is: "refused", why: "not you" } }),
      ],
    });
    expect(said(all)).toEqual(["Sync Failed", "Deployment 1", "sync Refused"]);
  });

  test("of one second a deployment comes after what it undid, and before what was changed and healed since", () => {
    const drift = (kind: "drift-found" | "drift-healed", seq: number, more: object = {}) => ({
      ...{ seq, kind, at: MID, first: MID, count: 1, ...more },
    });
    const order = (healer: object): string[] =>
      timelineOf(
        known({
          deployments: [line(1, MID)],
          transitions: [drift("drift-healed", 2, healer), drift("drift-found", 1)],
        }),
      ).map(({ what }) => what);
    expect(order({ run: 8, cause: "self-heal" })).toEqual(["Changed in the cluster", "Deployment 1"]);
    expect(order({ run: 7, cause: "manual", by: "ann" })).toEqual(["Deployment 1", "Changed in the cluster"]);
  });

  test("marks rollbacks, with by whom and why", () => {
    const [row] = timelineOf(
      known({ deployments: [line(4, LATE, { cause: "rollback to 2: v3: breaks <b>" })] }),
    );
    expect(row).toMatchObject({ what: "Rollback to 2", by: "ann", why: "v3: breaks <b>" });
  });

  test("has health and drift among the rest, what went to and fro with how often and since when", () => {
    const rows = timelineOf(
      known({
        deployments: [line(1, MID)],
        transitions: [
          { seq: 4, kind: "health-degraded", at: LATE, count: 7, first: EARLY, why: "Deployment web: <b>" },
          { seq: 3, kind: "drift-healed", at: EARLY, count: 1, first: EARLY },
          { seq: 2, kind: "sync-failed", at: EARLY, count: 1, first: EARLY },
        ],
      }),
    );
    expect(
      rows.map(({ kind, what, state, words, times }) => [kind, what, state, words, times?.count]),
    ).toEqual([
      ["health", "Health", "Degraded", "Deployment web: <b>", 7],
      ["deployment", "Deployment 1", undefined, "manual, in 3 s", undefined],
      ["drift", "Drift gone", undefined, "as Git wants it again", undefined],
    ]);
    expect(rows[0]?.times?.first).toBe(EARLY);
  });

  test("knows heals, dry runs and deletions apart", () => {
    const all = known({
      runs: [
        run(1, EARLY, {}, "self-heal"),
        run(2, MID, { operation: { sync: { dryRun: true } } }),
        run(3, LATE, {}, "deletion"),
      ],
    });
    expect(timelineOf(all).map(({ kind, what, by }) => [kind, what, by])).toEqual([
      ["sync", "Deletion", "ann"],
      ["sync", "Dry run", "policy"],
      ["sync", "Healed", "ann"],
    ]);
  });

  const drift = (seq: number, kind: "drift-found" | "drift-healed", more: Partial<TransitionEntry> = {}) => ({
    ...{ seq, kind, at: LATE, first: LATE, count: 1, ...more },
  });
  const by = { manager: "kubectl", operation: "Update", subresource: "scale" };
  const scaled = [{ object: "Deployment shop/web", path: "spec.replicas", from: "3", to: "6", by }];
  const CHANGED = "Deployment shop/web spec.replicas 3 → 6";
  test.each<[string, TransitionEntry[], [what: string, words: string, by: string][]]>([
    [
      "that was healed",
      [
        drift(2, "drift-healed", { run: 12, cause: "self-heal" }),
        drift(1, "drift-found", { changes: scaled }),
      ],
      [
        [
          "Changed in the cluster",
          `${CHANGED}: healed at ${LATE} by run 12, self-heal`,
          "kubectl (Update of scale)",
        ],
      ],
    ],
    [
      "that is there still",
      [drift(1, "drift-found", { changes: scaled })],
      [["Changed in the cluster", `${CHANGED}: left as it is`, "kubectl (Update of scale)"]],
    ],
    [
      "of which the fields are not known",
      [drift(1, "drift-found", { why: "Deployment shop/web" })],
      [["Changed in the cluster", "Deployment shop/web: left as it is", ""]],
    ],
    [
      "that deleted something, which nobody is named for",
      [
        drift(2, "drift-healed"),
        drift(1, "drift-found", { changes: [{ object: "Service shop/web", path: "" }] }),
      ],
      [["Changed in the cluster", `Service shop/web deleted: healed at ${LATE}`, ""]],
    ],
    [
      "that is not kept any more, by its end",
      [drift(2, "drift-healed")],
      [["Drift gone", "as Git wants it again", ""]],
    ],
  ])("tells a change by hand %s", (_name, transitions, want) => {
    expect(timelineOf(known({ transitions })).map(({ what, words, by }) => [what, words, by])).toEqual(want);
  });

  test("finds a change by hand among the edits, and asks for no more than that needs", () => {
    const rows = timelineOf(known({ transitions: [drift(1, "drift-found", { changes: scaled })] }));
    for (const kinds of [["edit"], ["drift"], FIRST_KINDS] as const)
      expect(found(rows, { kinds, words: "kubectl replicas" })).toHaveLength(1);
    expect(found(rows, { kinds: ["deployment", "sync"], words: "" })).toEqual([]);
    expect([...askedFor(FIRST_KINDS)]).toEqual(["transitions"]);
    expect([...askedFor(["edit"])]).toEqual(["entries", "transitions"]);
    expect([...askedFor(KINDS)]).toEqual(["runs", "entries", "transitions"]);
  });

  test("names what an edit changed, a few fields of many", () => {
    const fields = (value: number) => ({ spec: { a: value, b: value, c: value, d: value } });
    const [row] = timelineOf(
      known({ entries: [entry(1, EARLY, "update", { before: fields(1), after: fields(2) })] }),
    );
    expect(row).toMatchObject({ kind: "edit", what: "Changed", words: "spec.a, spec.b, spec.c and 1 more" });
  });

  test("shows nothing that has holes: what is older than the last entry that was asked for, but deployments", () => {
    const all = {
      deployments: [line(1, EARLY)],
      runs: [run(7, EARLY, { phase: "Failed" })],
      entries: [entry(3, MID, "hold")],
    };
    expect(said(known({ ...all, older: "some" }))).toEqual(["Held", "Deployment 1"]);
    expect(said(known({ ...all, older: "none" }))).toHaveLength(3);
  });

  test("takes names of actions as words, whatever they are", () => {
    expect(said(known({ entries: [entry(1, EARLY, "constructor")] }))).toEqual(["constructor"]);
  });
});

describe("found()", () => {
  const rows = timelineOf(
    known({
      deployments: [line(1, MID, { cause: "manual: Hotfix" })],
      entries: [entry(2, LATE, "hold", { reason: "freeze" })],
    }),
  );

  test("is of these kinds, with each word somewhere", () => {
    expect(found(rows, { kinds: KINDS, words: "HOTFIX ann" })).toHaveLength(1);
    expect(found(rows, { kinds: KINDS, words: "hotfix bob" })).toEqual([]);
    expect(found(rows, { kinds: ["hold"], words: "" }).map(({ why }) => why)).toEqual(["freeze"]);
    expect(found(rows, { kinds: KINDS, words: "9f2e1aa0" })).toHaveLength(1);
  });
});

describe("kindsIn()", () => {
  test("reads an address, and what a history begins with where there is nothing to read", () => {
    expect(kindsIn(null)).toEqual(["deployment", "drift"]);
    expect(kindsIn("x,<script>")).toEqual(["deployment", "drift"]);
    expect(kindsIn("hold,drift")).toEqual(["drift", "hold"]);
    for (const kinds of [["deployment"], ["deployment", "drift"], ["edit", "hold"], KINDS] as const)
      expect(kindsIn(kindsText(kinds) ?? null)).toEqual(kinds);
  });
});

describe("folded()", () => {
  const failed = (id: number, at: string, message = "no quota") => run(id, at, { phase: "Failed", message });
  const rows = (runs: readonly Run[], entries: readonly Entry[] = []) =>
    folded(timelineOf(known({ runs, entries }))).map(({ key, times }) => [key, times?.count, times?.first]);
  const at = (minute: number): string => `2026-11-30T01:0${minute}:00Z`;

  test("runs in a row that failed alike are the newest of them, with how often and since when", () => {
    const runs = [4, 3, 2, 1].map((id) => failed(id, at(id)));
    expect(rows(runs)).toEqual([["run 4", 4, at(1)]]);
    expect(rows(runs.slice(0, 2))).toEqual([
      ["run 4", undefined, undefined],
      ["run 3", undefined, undefined],
    ]);
  });
  test("the time of the next try is no other reason", () => {
    const tries = [
      failed(3, at(3)),
      failed(2, at(2), `no quota. Try 2 follows at ${LATE}`),
      failed(1, at(1)),
    ];
    expect(rows(tries)).toEqual([["run 3", 3, at(1)]]);
  });
  test("another reason, another person and what was done between part them; what succeeded is never folded", () => {
    const parted = [5, 4, 2, 1].map((id) => failed(id, at(id)));
    expect(rows(parted, [entry(9, at(3), "hold")])).toHaveLength(5);
    expect(rows([failed(3, at(3)), failed(2, at(2), "other"), failed(1, at(1))])).toHaveLength(3);
    const other = run(2, at(2), {
      ...{ phase: "Failed", message: "no quota" },
      operation: { sync: {}, initiatedBy: { username: "bob" } },
    });
    expect(rows([failed(3, at(3)), other, failed(1, at(1))])).toHaveLength(3);
    expect(rows([3, 2, 1].map((id) => run(id, at(id))))).toHaveLength(3);
  });
});
