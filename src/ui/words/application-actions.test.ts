import { describe, expect, test } from "bun:test";
import type { Application, ApplicationStatus } from "../../core/model/application.ts";
import {
  type ActionId,
  actionsOf,
  primaryOf,
  type Situation,
  waitingForApproval,
} from "./application-actions.ts";

function app(status: Partial<ApplicationStatus> = {}, more: Partial<Application> = {}): Application {
  return {
    apiVersion: "argoproj.io/v1alpha1",
    kind: "Application",
    metadata: { namespace: "argocd", name: "web" },
    spec: { project: "default", destination: { name: "in-cluster", namespace: "shop" } },
    status: {
      sync: { status: "Synced", comparedTo: { destination: {} } },
      health: { status: "Healthy" },
      ...status,
    },
    ...more,
  };
}
const whyOf = (situation: Situation, id: ActionId): string | undefined =>
  actionsOf(situation)
    .flat()
    .find((one) => one.id === id)?.why;
const idsOf = (situation: Situation): ActionId[] =>
  actionsOf(situation)
    .flat()
    .map(({ id }) => id);

const OUT_OF_SYNC = { sync: { status: "OutOfSync", comparedTo: { destination: {} } } } as const;
const RUNNING = {
  operationState: {
    operation: { sync: {} },
    phase: "Running",
    message: "",
    startedAt: "2026-11-30T03:00:00Z",
  },
} as const;
const HELD = {
  hold: {
    at: {},
    deployment: 1,
    by: "user:ann",
    since: "2026-11-30T03:00:00Z",
    extras: "kept",
    until: "lifted",
  },
} as unknown as Partial<ApplicationStatus>;
const HISTORY = [1, 2].map((id) => ({
  id,
  revision: `${id}`.repeat(40),
  deployedAt: "2026-11-30T03:00:00Z",
}));
const GOING: Partial<Application> = {
  metadata: { namespace: "argocd", name: "web", deletionTimestamp: "2026-11-30T03:00:00Z" },
};

describe("primaryOf() is", () => {
  const cases: { name: string; situation: Situation; want: ReturnType<typeof primaryOf> }[] = [
    { name: "none where all is well", situation: { app: app(), denied: {} }, want: undefined },
    {
      name: "the review where Git has something else",
      situation: { app: app(OUT_OF_SYNC), denied: {} },
      want: { id: "sync", word: "Review & sync", isDue: true },
    },
    {
      name: "the run while one goes on, whatever else is due",
      situation: { app: app({ ...OUT_OF_SYNC, ...RUNNING }), denied: {} },
      want: { id: "run", word: "View run", isDue: false },
    },
    {
      name: "the end of a hold",
      situation: { app: app({ ...OUT_OF_SYNC, ...HELD }), denied: {} },
      want: { id: "unhold", word: "Lift the hold", isDue: false },
    },
    {
      name: "refused with why where one may not sync",
      situation: { app: app(OUT_OF_SYNC), denied: { sync: "ann may not" } },
      want: { id: "sync", word: "Review & sync", why: "ann may not", isDue: true },
    },
    {
      name: "the deletion while it goes",
      situation: { app: app(OUT_OF_SYNC, GOING), denied: {} },
      want: { id: "run", word: "View deletion", isDue: false },
    },
  ];
  test.each(cases)("$name", ({ situation, want }) => {
    expect(primaryOf(situation)).toEqual(want);
  });
});

describe("actionsOf()", () => {
  test("says why a sync cannot be asked for: what is being done, held, or not permitted", () => {
    expect(whyOf({ app: app(), denied: {} }, "sync")).toBeUndefined();
    expect(whyOf({ app: app(RUNNING), denied: {} }, "sync")).toBe("Sync runs: wait for it, or terminate it");
    expect(whyOf({ app: app(HELD), denied: {} }, "sync")).toBe("It is held: lift the hold first");
    expect(whyOf({ app: app(), denied: { sync: "ann may not" } }, "sync")).toBe("ann may not");
    expect(whyOf({ app: app({}, GOING), denied: {} }, "sync")).toBe("It is being deleted");
  });

  test("offers a way back where there is one, and one of its two rights", () => {
    expect(whyOf({ app: app(), denied: {} }, "rollback")).toBe(
      "Nothing was deployed before what is there now",
    );
    expect(whyOf({ app: app({ history: HISTORY }), denied: {} }, "rollback")).toBeUndefined();
    expect(whyOf({ app: app({ history: HISTORY }), denied: { sync: "no" } }, "rollback")).toBeUndefined();
    expect(
      whyOf({ app: app({ history: HISTORY }), denied: { sync: "no", rollback: "neither" } }, "rollback"),
    ).toBe("no");
  });

  test("terminates what runs, and no deletion", () => {
    expect(whyOf({ app: app(), denied: {} }, "terminate")).toBe("Nothing runs");
    expect(whyOf({ app: app(RUNNING), denied: {} }, "terminate")).toBeUndefined();
    expect(whyOf({ app: app(RUNNING, GOING), denied: {} }, "terminate")).toBe("It is being deleted");
  });

  test("pauses what is synced automatically, resumes what was paused; a file says where that is changed", () => {
    const automated = (policy: object): Application =>
      app({}, { spec: { ...app().spec, syncPolicy: { automated: policy } } });
    expect(idsOf({ app: automated({}), denied: {} })).toContain("pause");
    expect(idsOf({ app: automated({ enabled: false }), denied: {} })).toContain("resume");
    expect(idsOf({ app: app(), denied: {} })).toContain("resume");
    const file = { from: "file", file: "apps/web.yaml", line: 3 } as const;
    expect(whyOf({ app: automated({}), denied: {}, origin: file }, "pause")).toBe(
      "It is written in apps/web.yaml:3: change it there",
    );
    expect(whyOf({ app: automated({}), denied: {}, origin: file }, "delete")).toBe(
      "It is written in apps/web.yaml: take it out there",
    );
    const set = { from: "parent", set: "argocd/shops" } as const;
    expect(whyOf({ app: automated({}), denied: {}, origin: set }, "pause")).toBe(
      "ApplicationSet argocd/shops makes it: change it there",
    );
    expect(whyOf({ app: automated({}), denied: {}, origin: set }, "delete")).toBeUndefined();
  });

  test("offers an approval where something waits for one, and no other time", () => {
    const waits = { version: "v1", kind: "Namespace", name: "shop", requiresDeletionConfirmation: true };
    const pruned = app({ resources: [{ ...waits, requiresPruning: true }] });
    expect(idsOf({ app: pruned, denied: {} })).toContain("confirm");
    expect(idsOf({ app: app({ resources: [waits] }), denied: {} })).not.toContain("confirm");
    expect(waitingForApproval(app({ resources: [waits] }, GOING))).toEqual([
      { kind: "Namespace", namespace: "", name: "shop" },
    ]);
  });
});
