import { describe, expect, test } from "bun:test";
import { application, extra, missing, paired } from "../../../test/lib/core-objects.ts";
import { defined } from "../../lib/defined.ts";
import type { ApplicationSpec } from "../model/application.ts";
import type { Difference } from "../model/comparison.ts";
import type { FailedSyncs } from "../model/failed-syncs.ts";
import type { OperationState } from "../model/operation.ts";
import { type AutoSyncInput, decideAutoSync, isAskedNow } from "./decide-auto-sync.ts";
import type { Heal } from "./heal-backoff.ts";

const at = (text: string): number => Date.parse(text);
const changed = paired("changed", { name: "a" });
const drift = { key: changed.key, fields: "" };
const automated = (change: NonNullable<ApplicationSpec["syncPolicy"]>["automated"] = {}) =>
  application({ syncPolicy: { automated: change } });
const { source } = application().spec;

function operation(change: Partial<OperationState> & { revision?: string } = {}): OperationState {
  const { revision = "new", ...rest } = change;
  return {
    operation: { sync: { revision } },
    phase: "Succeeded",
    message: "done",
    startedAt: "2026-01-01T10:00:00Z",
    finishedAt: "2026-01-01T10:00:05Z",
    syncResult: { revision, ...defined({ source }), resources: [] },
    ...rest,
  };
}

const failing = (tries: number): FailedSyncs => ({
  tries,
  revisions: ["new"],
  message: "quota exceeded",
  endedAt: "2026-01-01T10:00:05Z",
});
const rehearsal = { sync: { revision: "new", dryRun: true } };
const part = { sync: { revision: "new", resources: [{ kind: "ConfigMap", name: "a" }] } };

function decide(change: Partial<AutoSyncInput>): ReturnType<typeof decideAutoSync> {
  return decideAutoSync({
    app: automated(),
    syncStatus: "OutOfSync",
    differences: [changed],
    revisions: ["new"],
    blocked: new Set(),
    reown: new Set(),
    lastOperation: undefined,
    fights: { flips: 5, withinMs: 600_000, againMs: 3_600_000 },
    now: at("2026-01-01T10:01:00Z"),
    ticks: at("2026-01-01T10:01:00Z"),
    ...change,
  });
}

describe("decideAutoSync()", () => {
  const withSpec = (change: Partial<ApplicationSpec>) =>
    application({ syncPolicy: { automated: {} }, ...change });
  const extras: Difference[] = [extra({ name: "gone" })];
  const heal = { app: automated({ selfHeal: true }), lastOperation: operation() };
  const cases: {
    name: string;
    input: Partial<AutoSyncInput>;
    does: "nothing" | "sync" | "self-heal";
    because: RegExp;
  }[] = [
    {
      name: "nothing without an automated policy",
      input: { app: application() },
      does: "nothing",
      because: /is off/,
    },
    {
      name: "nothing with automated.enabled false",
      input: { app: automated({ enabled: false }) },
      does: "nothing",
      because: /is off/,
    },
    {
      name: "a sync where nothing differs and the Namespace's metadata was edited",
      input: { differences: [], namespaceIs: "behind", lastOperation: operation() },
      does: "sync",
      because: /managedNamespaceMetadata was edited/,
    },
    {
      name: "nothing yet where that sync has just failed",
      input: {
        differences: [],
        namespaceIs: "behind",
        lastOperation: operation({ phase: "Failed", finishedAt: "2026-01-01T10:00:59Z" }),
      },
      does: "nothing",
      because: /failed/,
    },
    {
      name: "nothing while it is deleted",
      input: {
        app: {
          ...automated(),
          metadata: { name: "shop", namespace: "argocd", deletionTimestamp: "2026-01-01T00:00:00Z" },
        },
      },
      does: "nothing",
      because: /deleted/,
    },
    {
      name: "nothing while an operation is asked for",
      input: { app: { ...automated(), operation: { sync: {} } } },
      does: "nothing",
      because: /asked for/,
    },
    {
      name: "nothing while an operation runs",
      input: { lastOperation: operation({ phase: "Running", finishedAt: undefined! }) },
      does: "nothing",
      because: /running/,
    },
    {
      name: "nothing when nothing is known",
      input: { syncStatus: "Unknown" },
      does: "nothing",
      because: /not known/,
    },
    {
      name: "nothing when nothing differs",
      input: { syncStatus: "Synced", differences: [paired("same", {})] },
      does: "nothing",
      because: /nothing differs/,
    },
    {
      name: "nothing when there is only something to prune and prune is off",
      input: { differences: extras },
      does: "nothing",
      because: /not for an automated sync/,
    },
    {
      name: "nothing when all that is left to do is blocked by a guard",
      input: {
        app: automated({ prune: true }),
        differences: extras,
        blocked: new Set(extras.map(({ key }) => key)),
      },
      does: "nothing",
      because: /not for an automated sync/,
    },
    {
      name: "nothing for an object without a record",
      input: { app: automated({ prune: true }), differences: [extra({}, "unrecorded")] },
      does: "nothing",
      because: /not for an automated sync/,
    },
    {
      name: "sync of a revision that was not synced yet",
      input: {},
      does: "sync",
      because: /not synced yet: ConfigMap default\/a differs/,
    },
    {
      name: "sync to prune",
      input: { app: automated({ prune: true }), differences: extras },
      does: "sync",
      because: /not synced yet/,
    },
    {
      name: "sync of a newer commit, over a retry that waits",
      input: { lastOperation: operation({ phase: "Running", revision: "old" }) },
      does: "sync",
      because: /not synced yet/,
    },
    {
      name: "nothing while a retry of this revision waits",
      input: { lastOperation: operation({ phase: "Running" }) },
      does: "nothing",
      because: /next try/,
    },
    {
      name: "sync after the sources changed",
      input: {
        app: withSpec({ source: { repoURL: "https://git.example.com/shop.git", path: "other" } }),
        lastOperation: operation(),
      },
      does: "sync",
      because: /not synced yet/,
    },
    {
      name: "sync after a dry run of this revision",
      input: { lastOperation: operation({ operation: { sync: { revision: "new", dryRun: true } } }) },
      does: "sync",
      because: /not synced yet/,
    },
    {
      name: "sync after a person's sync of some objects",
      input: {
        lastOperation: operation({
          operation: { sync: { revision: "new", resources: [{ kind: "ConfigMap", name: "b" }] } },
        }),
      },
      does: "sync",
      because: /not synced yet/,
    },
    {
      name: "nothing about drift without self-heal",
      input: { lastOperation: operation() },
      does: "nothing",
      because: /self-heal is off: ConfigMap default\/a/,
    },
    { name: "self-heal of drift", input: heal, does: "self-heal", because: /ConfigMap default\/a differs/ },
    {
      name: "self-heal of what is to be owned again",
      input: {
        ...heal,
        syncStatus: "Synced",
        differences: [paired("same", {})],
        reown: new Set([paired("same", {}).key]),
      },
      does: "self-heal",
      because: /differs/,
    },
    {
      name: "not without self-heal",
      input: {
        syncStatus: "Synced",
        differences: [paired("same", {})],
        reown: new Set([paired("same", {}).key]),
      },
      does: "nothing",
      because: /nothing differs/,
    },
    {
      name: "nothing shortly after this revision failed",
      input: {
        lastOperation: operation({ phase: "Failed", retryCount: 5, finishedAt: "2026-01-01T10:00:00Z" }),
      },
      does: "nothing",
      because: /failed/,
    },
    {
      name: "sync of a failed revision again, after the pause, for ever",
      input: {
        lastOperation: operation({ phase: "Failed", retryCount: 5 }),
        now: at("2026-01-01T10:03:10Z"),
      },
      does: "sync",
      because: /another try/,
    },
    {
      name: "drift alone where a person's dry run of a delivered revision failed, and self-heal is off",
      input: {
        lastAttempt: "delivered",
        lastOperation: operation({ phase: "Failed", operation: rehearsal }),
      },
      does: "nothing",
      because: /self-heal is off/,
    },
    {
      name: "drift alone where a part that a person chose failed",
      input: { lastAttempt: "delivered", lastOperation: operation({ phase: "Failed", operation: part }) },
      does: "nothing",
      because: /self-heal is off/,
    },
    {
      name: "a failed revision again, though a person tried it out meanwhile",
      input: {
        lastAttempt: "delivered",
        failing: failing(1),
        lastOperation: operation({ operation: rehearsal }),
        now: at("2026-01-01T11:00:00Z"),
      },
      does: "sync",
      because: /another try/,
    },
    {
      name: "nothing yet where its pause is not over, however long ago that was",
      input: {
        failing: failing(1),
        lastAttempt: "delivered",
        lastOperation: operation({ operation: part }),
        sinceEndMs: 1_000,
      },
      does: "nothing",
      because: /failed/,
    },
    {
      name: "a pause that is at its cap after many tries",
      input: {
        lastOperation: operation({ phase: "Failed" }),
        failing: failing(500),
        now: at("2026-01-01T10:03:06Z"),
      },
      does: "sync",
      because: /another try/,
    },
  ];
  test.each(cases)("$does: $name", ({ input, does, because }) => {
    const decision = decide(input);
    expect(decision.do).toBe(does);
    expect(decision.because).toMatch(because);
  });

  test("a sync is of the revision that was compared, with the application's options and retry", () => {
    const app = application({ syncPolicy: { automated: { prune: true }, syncOptions: ["PruneLast=true"] } });
    expect(decide({ app })).toMatchObject({
      operation: {
        sync: { revision: "new", prune: true, syncOptions: ["PruneLast=true"] },
        initiatedBy: { automated: true },
        retry: { limit: 5 },
      },
    });
    const own = application({ syncPolicy: { automated: {}, retry: { limit: 1 } } });
    expect(decide({ app: own })).toMatchObject({ operation: { retry: { limit: 1 } } });
    const many = application({
      sources: [{ repoURL: "a" }, { repoURL: "b" }],
      syncPolicy: { automated: {} },
    });
    expect(decide({ app: many, revisions: ["1", "2"] })).toMatchObject({
      operation: { sync: { revisions: ["1", "2"] } },
    });
  });

  test.each(["quota exceeded", "quota exceeded."])(
    "a failed revision is told with what happened and when it goes on: %s",
    (message) => {
      const decision = decide({
        lastOperation: operation({
          phase: "Failed",
          message,
          retryCount: 5,
          finishedAt: "2026-01-01T10:00:00Z",
        }),
      });
      expect(decision).toMatchObject({
        do: "nothing",
        againInMs: 100_000,
        condition: {
          type: "SyncError",
          message:
            "The last sync to new failed: quota exceeded. It is tried again at 2026-01-01T10:02:40Z, or at the next commit.",
        },
      });
      expect(
        decide({
          lastOperation: operation({ phase: "Failed" }),
          failing: failing(9),
          now: at("2026-01-01T11:00:00Z"),
        }),
      ).toMatchObject({ do: "sync", operation: { retry: { limit: 0 } } });
    },
  );

  test.each([
    ["one that was not synced yet", {}],
    [
      "one whose last operation was a rehearsal",
      { lastOperation: operation({ operation: { sync: { dryRun: true } } }) },
    ],
    ["drift", heal],
    [
      "another try of what failed",
      { lastOperation: operation({ phase: "Failed" }), now: at("2026-01-02T10:00:00Z") },
    ],
    ["a Namespace that is behind", { namespaceIs: "behind", lastOperation: operation() }],
  ] satisfies [string, Partial<AutoSyncInput>][])(
    "what a person ended is not begun again: %s",
    (_, input) => {
      expect(decide(input).do).not.toBe("nothing");
      expect(decide({ ...input, terminatedBy: "user:ada" })).toEqual({
        do: "nothing",
        because: "user:ada ended the sync of this revision",
      });
    },
  );

  test("self-heal selects the drifted objects; those that fight wait for their turn", () => {
    const other = paired("changed", { name: "b" });
    const heals: Heal[] = [1, 2, 3].map((second) => ({ ...drift, at: at(`2026-01-01T10:00:5${second}Z`) }));
    const decision = decide({
      ...heal,
      differences: [changed, other],
      healsOf: (key) => heals.filter((one) => one.key === key),
      ticks: at("2026-01-01T10:00:54Z"),
    });
    expect(decision).toMatchObject({
      do: "self-heal",
      drifts: [{ key: other.key }],
      againInMs: 5_000,
      operation: { sync: { resources: [{ group: "", kind: "ConfigMap", namespace: "default", name: "b" }] } },
    });
    expect(decide({ ...heal, healsOf: () => heals, ticks: at("2026-01-01T10:00:54Z") })).toMatchObject({
      do: "nothing",
      againInMs: 5_000,
    });
  });

  const robot = { manager: "robot", operation: "Update", subresource: "", time: "" };
  test.each([
    {
      what: "a field",
      differs: changed,
      of: { fields: "data.a", setters: [robot] },
      said: "ConfigMap default/a: data.a was put back 3 times, and robot (Update) set it again each time.",
    },
    {
      what: "an object that is deleted again",
      differs: missing({ name: "a" }),
      of: { fields: "missing" },
      said: "ConfigMap default/a: the object was put back 3 times, and somebody deleted it again each time.",
    },
    {
      what: "an object that comes again",
      differs: { ...extra({ name: "a" }), recorded: true },
      of: { fields: "extra" },
      said: "ConfigMap default/a: the object was deleted 3 times, and somebody made it again each time.",
    },
  ])("says until when $what waits to be healed, why, and how it goes at once", ({ differs, of, said }) => {
    const ones = [1, 2, 3].map((second): Heal => {
      return { key: changed.key, ...of, at: at(`2026-01-01T10:00:5${second}Z`) } as Heal;
    });
    const decision = decide({
      app: automated({ selfHeal: true, prune: true }),
      lastOperation: operation(),
      differences: [differs as Difference],
      driftOf: () => of as never,
      healsOf: () => ones,
      ticks: at("2026-01-01T10:00:54Z"),
    });
    expect(decision).toMatchObject({
      do: "nothing",
      condition: {
        type: "SelfHealWarning",
        message: `${said} Self-heal waits longer each time, and tries again at 2026-01-01T10:01:05Z; at once: holdfast app sync argocd/shop.`,
      },
    });
  });

  test("a missing object drifted as a whole", () => {
    const gone = missing({ name: "a" });
    expect(decide({ ...heal, differences: [gone] })).toMatchObject({
      do: "self-heal",
      drifts: [{ key: gone.key, fields: "missing" }],
    });
  });
});

describe("isAskedNow()", () => {
  const pruning = automated({ prune: true });
  const asked = { sync: { revision: "new", prune: true }, initiatedBy: { automated: true } };
  const revisions = ["new"];
  test.each<[what: string, input: Parameters<typeof isAskedNow>, want: boolean]>([
    ["what was just decided", [asked, { app: pruning, revisions }], true],
    [
      "a part of it",
      [{ sync: { ...asked.sync, resources: [{ kind: "Pod", name: "a" }] } }, { app: pruning, revisions }],
      true,
    ],
    ["what another commit wanted", [asked, { app: pruning, revisions: ["newer"] }], false],
    ["a prune that is not asked for any more", [asked, { app: automated(), revisions }], false],
    ["what is left to a person now", [asked, { app: application(), revisions }], false],
    [
      "what would run hooks, of what a person went back to",
      [asked, { app: pruning, revisions, hooks: "left-out" }],
      false,
    ],
    [
      "what is done with another option now",
      [
        asked,
        {
          app: application({ syncPolicy: { automated: { prune: true }, syncOptions: ["PruneLast=true"] } }),
          revisions,
        },
      ],
      false,
    ],
  ])("%s", (_, input, want) => expect(isAskedNow(...input)).toBe(want));
});
