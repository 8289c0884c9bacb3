import { describe, expect, test } from "bun:test";
import { app, held, NOW, type Wanted } from "../../../test/lib/worded-app.ts";
import type { Application, ApplicationStatus } from "../../core/model/application.ts";
import {
  LISTED_COLUMNS,
  type ListedApplication,
  listedFrom,
  listedTexts,
} from "../../core/model/listed-application.ts";
import type { OperationPhase } from "../../core/model/operation.ts";
import { suspendedHookWords } from "../../core/model/suspended-hook.ts";
import { placeOfWhy } from "../applications/why-place.ts";
import {
  blamedPod,
  countsOf,
  deletionSteps,
  destinationOf,
  endWords,
  kindOfRun,
  lastDeployed,
  lastFailed,
  lastSynced,
  revisionOf,
  sentences,
  sourceOf,
  standing,
  standsAt,
  summary,
  undoWords,
  unplacedPod,
  wellWords,
} from "./app-words.ts";

describe("summary()", () => {
  const cases: { says: string; apps: Application[] }[] = [
    { says: "No applications yet", apps: [] },
    { says: "web is Synced and Healthy", apps: [app()] },
    { says: "web needs attention", apps: [app({ health: "Degraded" })] },
    { says: "web is on its way", apps: [app({ sync: "OutOfSync", phase: "Running" })] },
    { says: "All 2 applications are Synced and Healthy", apps: [app(), app({ name: "api" })] },
    { says: "All 2 applications are Synced; 1 is suspended", apps: [app(), app({ health: "Suspended" })] },
    { says: "All 2 applications are Synced and Healthy; 1 is held", apps: [app(), held()] },
    {
      says: "All 2 applications are Synced; 1 is suspended; 1 is held",
      apps: [app({ health: "Suspended" }), held()],
    },
    { says: "web is Synced and Healthy; it is held", apps: [held()] },
    { says: "1 of 2 applications needs attention", apps: [app(), app({ sync: "OutOfSync" })] },
    {
      says: "2 of 2 applications need attention",
      apps: [app({ sync: "Unknown" }), app({ health: "Missing" })],
    },
    {
      says: "2 of 3 applications are on their way",
      apps: [app(), app({ health: "Progressing" }), app({ phase: "Terminating" })],
    },
  ];
  test.each(cases)("$says", ({ says, apps }) => expect(summary(apps, NOW)).toBe(says));
});

describe("standing()", () => {
  const cases: [string, Wanted, ReturnType<typeof standing>][] = [
    [
      "a Missing application that is being synced is moving",
      { sync: "OutOfSync", health: "Missing", phase: "Running" },
      "moving",
    ],
    [
      "a Degraded one needs attention even while it is synced",
      { health: "Degraded", phase: "Running" },
      "attention",
    ],
    ["a failed sync needs attention although everything is Synced", { phase: "Failed" }, "attention"],
    [
      "an error needs attention although everything is Synced",
      { condition: { type: "ComparisonError", message: "x" } },
      "attention",
    ],
    ["a blocked prune needs attention", { condition: { type: "PruneBlocked", message: "x" } }, "attention"],
    [
      "what others set again each time needs attention",
      { condition: { type: "ContestedFieldWarning", message: "x" } },
      "attention",
    ],
    [
      "a sync that a person ended needs attention although everything is Synced",
      { condition: { type: "TerminatedWarning", message: "x" } },
      "attention",
    ],
    ["a warning alone does not", { condition: { type: "ManifestWarning", message: "x" } }, "good"],
  ];
  test.each(cases)("%s", (_, wanted, want) => expect(standing(app(wanted), NOW)).toBe(want));
  test("a dry run that failed broke nothing", () => {
    const rehearsed = app({ phase: "Failed", words: "refused" });
    rehearsed.status!.operationState!.operation = { sync: { dryRun: true } };
    expect(standing(rehearsed, NOW)).toBe("good");
  });
  test("one that goes on is on its way, where nothing was wrong before", () => {
    const rehearsing = app({ phase: "Running", words: "2 of 3" });
    rehearsing.status!.operationState!.operation = { sync: { dryRun: true } };
    expect(standing(rehearsing, NOW)).toBe("moving");
    const asked = { ...rehearsing, operation: { sync: { dryRun: true } } };
    expect(standing(asked as never, NOW)).toBe("moving");
  });
  test("a dry run changes nothing of what is said, in a row as in a whole application", () => {
    const failed = app({ sync: "OutOfSync", phase: "Failed", words: "container migrate ended" });
    const { operationState } = failed.status!;
    for (const [phase, more] of [
      ["Succeeded", []],
      ["Failed", [{ lead: "Dry run failed", text: "dry", tone: "unknown" }]],
      ["Running", [{ lead: "Dry run running", text: "dry", tone: "moving" }]],
    ] as const) {
      const dryRun = { operation: { sync: { dryRun: true } }, phase, message: "dry", startedAt: "" };
      const rehearsed = {
        ...failed,
        status: { ...failed.status!, operationState: dryRun, lastSync: operationState! },
      };
      for (const read of [(one: Application) => one, listed]) {
        expect(standing(read(rehearsed), NOW)).toBe("attention");
        expect(sentences(read(rehearsed))).toEqual([...sentences(read(failed)), ...more]);
        for (const one of more) expect(placeOfWhy(read(rehearsed), one)).toEndWith("?view=run");
        expect(placeOfWhy(read(rehearsed), sentences(read(rehearsed))[0]!)).toEndWith(
          "?view=run&run=last-sync",
        );
      }
    }
  });
});

test.each([
  [
    "apps/Deployment shop/web: Pod web-5d4-x container web waits: CrashLoopBackOff: back-off",
    "shop web-5d4-x",
  ],
  ["apps/Deployment shop/web: Pod web-5d4-x container web ended with exit code 1", "shop web-5d4-x"],
  ["Pod web-5d4-x container web waits: CrashLoopBackOff", ""],
  [
    "the hook batch/Job ledger/migrate failed: BackoffLimitExceeded: Job has failed; Pod migrate-nl65x container migrate ended with exit code 1",
    "ledger migrate-nl65x",
  ],
  ["the hook batch/Job a/one failed: Pod one-x init container c ended with exit code 1", "a one-x"],
  [
    "the hook batch/Job a/one failed: no quota; the hook batch/Job b/two failed: Pod two-x container c ended with exit code 1",
    "b two-x",
  ],
  [
    "waiting for completion of hook batch/Job a/one since 2026-11-30T10:00:00Z (Pod one-x container c waits: ErrImagePull)",
    "a one-x",
  ],
  ["the hook batch/Job a/one failed: Job has failed", ""],
  ["apps/Deployment shop/web: 0 of 1 replicas are available", ""],
  ["apps/Deployment shop/web: Pod ../../x container web waits: no", ""],
])("blamedPod() of %j is %j", (text, pod) => {
  const found = blamedPod(text);
  expect(found === undefined ? "" : `${found.namespace} ${found.name}`).toBe(pod);
});

test.each([
  [
    "apps/Deployment shop/web: Pod web-x is on no node: 0/1 nodes are available. 0 of 1 replicas",
    "shop web-x",
  ],
  ["apps/Deployment shop/web: 0 of 1 replicas are available", ""],
  ["apps/Deployment shop/web: Pod web-x container web waits: ErrImagePull", ""],
])("unplacedPod() of %j is %j", (text, pod) => {
  const found = unplacedPod(text);
  expect(found === undefined ? "" : `${found.namespace} ${found.name}`).toBe(pod);
  expect(found !== undefined && blamedPod(text) !== undefined).toBe(false);
});

describe("short forms", () => {
  test("a revision is what was asked for and the short commit", () =>
    expect(revisionOf(app())).toBe("main@9f2e1aa"));
  test("a revision before the first comparison is what was asked for", () => {
    const { status: _, ...fresh } = app();
    expect(revisionOf(fresh)).toBe("main");
  });
  test("in a list it is the commit that changed it last, wherever its branch is by now", () => {
    const { status, spec } = app();
    const changed = { commit: "1a2b3c4", subject: "Raise limits", author: "Ana" };
    const at = (sync: object, more: object = {}, of: object = spec) =>
      standsAt({
        ...app(),
        spec: { ...spec, ...of },
        status: { ...status, ...more, sync: { ...status?.sync, ...sync } },
      } as never);
    expect(at({ changed })).toBe("1a2b3c4");
    expect(at({})).toBe("main@9f2e1aa");
    // As a row has it.
    expect(at({ revision: undefined })).toBe("main");
    expect(
      at({ revision: undefined }, {}, { source: { ...spec.source, targetRevision: "e1".repeat(20) } }),
    ).toBe("e1e1e1e");
    expect(at({ changed }, { hold: { at: { revision: "e1".repeat(20) } } })).toBe("held@e1e1e1e");
    const sources = [
      { repoURL: "https://charts.example.com", chart: "db", targetRevision: "^17.3.0" },
      { repoURL: "https://git.example.com/values.git", ref: "values", targetRevision: "main" },
      { repoURL: "https://git.example.com/more.git", path: "." },
    ];
    expect(at({ changed, revisions: ["17.3.2", "", ""] }, {}, { source: undefined, sources })).toBe(
      "^17.3.0@17.3.2, 1a2b3c4, HEAD",
    );
  });
  test("a source is host, path and folder, without scheme or password", () =>
    expect(sourceOf(app())).toBe("git.example.com/shop · web"));
  test("a destination in the home cluster says so", () =>
    expect(destinationOf(app())).toBe("in-cluster · shop"));
});

describe("a deletion", () => {
  const object = { group: "", version: "v1", kind: "ConfigMap", namespace: "shop" };
  const job = {
    group: "batch",
    version: "v1",
    kind: "Job",
    namespace: "shop",
    message: "running since 10:00",
  };
  const going = (phase: OperationPhase, words: string): Application => {
    const { metadata, status, ...rest } = app({ phase, words });
    const state = status?.operationState;
    const resources = [
      { ...job, name: "farewell", syncPhase: "PostDelete", hookType: "PostDelete", hookPhase: "Running" },
      { ...job, name: "backup", syncPhase: "PreDelete", hookType: "PreDelete", hookPhase: "Succeeded" },
      { ...object, name: "gone", status: "Pruned", hookPhase: "Succeeded", message: "deleted" },
      { ...object, name: "next", message: "waits for its turn" },
      { ...object, name: "asks", status: "PruneSkipped", hookPhase: "Failed", message: "asks" },
      { ...object, name: "kept", status: "PruneSkipped", hookPhase: "Succeeded", message: "stays" },
    ];
    return {
      ...rest,
      metadata: { ...metadata, deletionTimestamp: "2026-01-01T10:00:00Z" },
      status: { ...status, operationState: { ...state, syncResult: { resources } } },
    } as Application;
  };

  test("has its steps in their order, each with its state", () => {
    expect(deletionSteps(going("Running", "")).map(({ what, state }) => `${what}: ${state}`)).toEqual([
      "PreDelete Job shop/backup: Succeeded",
      "ConfigMap shop/gone: Succeeded",
      "ConfigMap shop/next: Waiting",
      "ConfigMap shop/asks: Waiting",
      "ConfigMap shop/kept: Stays",
      "PostDelete Job shop/farewell: Running",
    ]);
    expect(deletionSteps(app({ phase: "Running" }))).toEqual([]);
  });

  test("is called by its name, and its failure is said once, with the way on", () => {
    expect([kindOfRun(going("Running", "")), kindOfRun(app({ phase: "Running" }))]).toEqual([
      "Deletion",
      "Sync",
    ]);
    expect(sentences(going("Running", "waiting for deletion of a"))).toEqual([
      { lead: "Deletion running", text: "waiting for deletion of a", tone: "moving" },
    ]);
    const failed = going("Failed", "the hook failed");
    failed.status!.conditions = [{ type: "DeletionError", message: "the hook failed. Try again" }];
    expect(sentences(failed).map(({ text }) => text)).toEqual(["the hook failed. Try again"]);
    expect(standing(failed, NOW)).toBe("attention");
  });
});

describe("a sync that waits for a hook which is suspended", () => {
  const waiting = (why: string) => {
    const message = `waiting for completion of hook Job shop/migrate since 2026-11-30T00:00:00Z${why}`;
    const base = app();
    return {
      ...base,
      status: {
        ...base.status,
        operationState: {
          operation: { sync: {} },
          phase: "Running",
          message,
          startedAt: "2026-11-30T00:00:00Z",
        },
      },
    } as never;
  };
  test("needs attention and says what lifts it; one that works is on its way", () => {
    const words = suspendedHookWords({ kind: "Job" });
    const stuck = waiting(` (${words})`);
    expect(standing(stuck, NOW)).toBe("attention");
    expect(sentences(stuck)[0]).toMatchObject({ lead: "Waits for somebody", tone: "behind" });
    expect(sentences(stuck)[0]?.text).toContain("once its spec.suspend is false, or terminate the sync");
    expect(standing(waiting(""), NOW)).toBe("moving");
    expect(standing(waiting(""), Date.parse("2026-11-30T00:10:01Z"))).toBe("attention");
    expect(sentences(waiting(""))[0]).toMatchObject({ lead: "Sync running", tone: "moving" });
  });
});

describe("wellWords()", () => {
  test("says what holds, and calls nothing well that is not known to be", () => {
    expect(wellWords(app())).toBe("Synced and Healthy: what is in the cluster is as in Git.");
    const unknown = { ...app(), status: undefined } as never;
    expect(wellWords(unknown)).toBe("Sync is Unknown, health is Unknown.");
  });
});

describe("what an end and what is within are in words", () => {
  test("an end is good only where all of it went well", () => {
    const state = (phase: OperationPhase, status: "Synced" | "SyncFailed") => ({
      operation: {},
      phase,
      message: "made 1 object again",
      startedAt: "",
      syncResult: {
        resources: [{ group: "", version: "v1", kind: "A", namespace: "", name: "a", status, message: "" }],
      },
    });
    expect(endWords("Undo", state("Succeeded", "Synced"))).toEqual({
      text: "Undo: made 1 object again",
      tone: "good",
    });
    expect(endWords("Undo", state("Succeeded", "SyncFailed")).tone).toBe("bad");
    expect(endWords("Undo", state("Failed", "Synced"))).toEqual({
      text: "Undo: failed: made 1 object again",
      tone: "bad",
    });
  });
  test("counts what is within, and what can be made again", () => {
    const { status, ...rest } = app();
    const undo = { run: 1, at: "", until: "" };
    const having = (more: Partial<ApplicationStatus>): Application => ({
      ...rest,
      status: { ...(status as ApplicationStatus), ...more },
    });
    expect([countsOf(app()), countsOf(having({ history: [{ id: 0, deployedAt: "" }] }))]).toEqual([
      "0 resources",
      "0 resources, 1 deployment",
    ]);
    expect([1, 2].map((objects) => undoWords(having({ undo: { ...undo, objects } })))).toEqual([
      "1 deleted object can be made again",
      "2 deleted objects can be made again",
    ]);
    expect(undoWords(app())).toBe("");
  });
});

test("lastDeployed() tells when and by whom, whatever ran since", () => {
  const of = (history: object[]) => lastDeployed({ status: { history } } as unknown as Application);
  const at = "2026-11-30T04:00:00Z";
  expect(of([])).toBeUndefined();
  expect(of([{ deployedAt: "" }, { deployedAt: at, initiatedBy: { username: "ann" } }])).toEqual({
    at,
    by: "ann",
  });
  expect(of([{ deployedAt: at, initiatedBy: { automated: true } }])).toEqual({ at, by: "policy" });
  const set = { automated: true, username: "applicationset-controller" };
  expect(of([{ deployedAt: at, initiatedBy: set }])).toEqual({ at, by: "ApplicationSet" });
  // A person who calls himself so is a person.
  expect(of([{ deployedAt: at, initiatedBy: { username: set.username } }])?.by).toBe(set.username);
  expect(of([{ deployedAt: at }])).toEqual({ at, by: "" });
});

test("lastSynced() passes over a dry run, what failed and what goes on, in a row as in a whole application", () => {
  const [deployed, rehearsed] = ["2026-11-30T04:00:00Z", "2026-11-30T05:00:00Z"];
  const history = [
    { deployedAt: "2026-11-29T04:00:00Z" },
    { deployedAt: deployed, initiatedBy: { username: "ann" } },
  ];
  const having = (operationState: object, more: object = { history }): Application => {
    const status = { sync: { status: "Synced" }, health: { status: "Healthy" }, operationState, ...more };
    return { metadata: { namespace: "argocd", name: "web" }, spec: { destination: {} }, status } as never;
  };
  const initiatedBy = { username: "bob" };
  const DRY = { operation: { sync: { dryRun: true }, initiatedBy: { username: "eve" } } };
  const dryRun = { finishedAt: rehearsed, operation: { sync: { dryRun: true }, initiatedBy } };
  const sync = { finishedAt: rehearsed, phase: "Succeeded", operation: { sync: {}, initiatedBy } };
  const failed = { ...sync, phase: "Failed" };
  const running = { operation: { sync: {}, initiatedBy } };
  for (const read of [(app: Application) => app, listed]) {
    expect(lastSynced(read(having(dryRun)))).toEqual({ at: deployed, by: "ann" });
    expect(lastSynced(read(having(running)))).toEqual({ at: deployed, by: "ann" });
    expect(lastSynced(read(having(sync)))).toEqual({ at: rehearsed, by: "bob" });
    expect(lastSynced(read(having(failed)))).toEqual({ at: deployed, by: "ann" });
    expect(lastSynced(read(having(failed, {})))).toBeUndefined();
    expect(lastSynced(read(having(dryRun, {})))).toBeUndefined();
    // It is said that it failed, whatever was rehearsed since or is now, and what went well before beside it.
    const told = { at: rehearsed, by: "bob", how: "failed" } as const;
    expect(lastFailed(read(having(failed)))).toEqual(told);
    expect(lastFailed(read(having(failed, {})))).toEqual(told);
    for (const phase of ["Failed", "Succeeded"]) {
      const after = having({ ...dryRun, phase }, { history, lastSync: failed });
      expect(lastFailed(read(after))).toEqual(told);
      expect(lastSynced(read(after))).toEqual({ at: deployed, by: "ann" });
    }
    const meanwhile = having({ ...running, ...DRY, phase: "Running" }, { history, lastSync: failed });
    expect(lastFailed(read(meanwhile))).toEqual(told);
    expect(lastSynced(read(meanwhile))).toEqual({ at: deployed, by: "ann" });
    const well = having({ ...running, ...DRY, phase: "Running" }, { lastSync: sync });
    expect(lastSynced(read(well))).toEqual({ at: rehearsed, by: "bob" });
    expect(lastFailed(read(having({ ...failed, terminatedBy: "cyd" })))?.how).toBe("terminated");
    const leaving = having(failed);
    leaving.metadata.deletionTimestamp = rehearsed;
    for (const other of [having(sync), having(running), having({ ...dryRun, phase: "Failed" }, {}), leaving])
      expect(lastFailed(read(other))).toBeUndefined();
  }
  // A row says once when it was.
  expect(listed(having(sync)).status?.history).toBeUndefined();
});

/** As the daemon sends it in a list, and the page reads it. */
function listed(app: Application): ListedApplication {
  const values = listedTexts(app).map((text) => JSON.parse(text) as unknown);
  return listedFrom(Object.fromEntries(LISTED_COLUMNS.map((name, at) => [name, values[at]])));
}
