import { beforeEach, describe, expect, test } from "bun:test";
import { type Application, type ApplicationStatus, keyOfApp } from "../core/model/application.ts";
import type { OperationState } from "../core/model/operation.ts";
import { Journeys, type Reached } from "./journeys.ts";
import type { Span } from "./span.ts";

const REPO = "https://git.example.com/shop.git";
const APP: Application = {
  apiVersion: "argoproj.io/v1alpha1",
  kind: "Application",
  metadata: { namespace: "argocd", name: "web" },
  spec: {
    project: "shop",
    source: { repoURL: REPO, path: "web" },
    destination: { name: "in-cluster" },
    syncPolicy: { automated: {} },
  },
};
const KEY = keyOfApp(APP);
const BY_HAND: Application = { ...APP, spec: { ...APP.spec, syncPolicy: {} } };

let now: number;
let traced: boolean;
let ended: (readonly Span[])[];
let reached: Reached[];
let journeys: Journeys;
beforeEach(() => {
  now = 1_000_000;
  traced = true;
  ended = [];
  reached = [];
  let random = 0;
  journeys = new Journeys({
    now: () => now,
    randomHex: (bytes) => String(++random).padStart(bytes * 2, "0"),
    traced: () => traced,
    reached: (one) => reached.push(one),
    ended: (spans) => ended.push(spans),
  });
});

/** A look that takes 10 ms. */
function look(revision: string, app = APP): void {
  const fromMs = now;
  now += 10;
  journeys.looked(app, [revision], { fromMs, toMs: now });
}

function status(
  revision: string,
  health: "Healthy" | "Progressing",
  sync: "Synced" | "OutOfSync" = "Synced",
) {
  return {
    sync: { status: sync, comparedTo: { destination: {} }, revision },
    health: { status: health },
  } satisfies ApplicationStatus;
}

function run(
  revision: string,
  phase: OperationState["phase"],
  more: Partial<OperationState> = {},
): OperationState {
  const at = new Date(now).toISOString();
  const syncResult = { revision, resources: [] };
  return {
    operation: { sync: {} },
    phase,
    message: "as it went",
    startedAt: at,
    finishedAt: at,
    syncResult,
    ...more,
  };
}

const told = (): string[][] => ended.map((spans) => spans.map(({ name }) => name));

describe("Journeys", () => {
  test("tell nothing of a first look: neither a restart nor a new application is a commit's way", () => {
    look("one");
    journeys.synced(APP, run("one", "Succeeded"));
    journeys.shown(KEY, status("one", "Healthy"));
    expect([ended, reached]).toEqual([[], []]);
  });

  test("tell the way of the next revision, from where its push was heard", () => {
    look("one");
    journeys.pushed([REPO.toUpperCase().replace("HTTPS", "https")]);
    now += 50;
    look("two");
    journeys.compared(APP, { fromMs: now, toMs: now + 5 });
    journeys.compared(APP, { fromMs: now, toMs: now + 7 });
    now += 40;
    journeys.synced(APP, run("two", "Succeeded"));
    journeys.shown(KEY, status("two", "Progressing"));
    expect(ended).toEqual([]);
    now += 100;
    journeys.shown(KEY, status("two", "Healthy"));
    expect(told()).toEqual([["deliver argocd/web", "push", "look", "compare", "sync", "healthy"]]);
    expect(reached.map(({ reached, tookMs }) => [reached, tookMs])).toEqual([
      ["synced", 100],
      ["healthy", 200],
    ]);
    const [root, ...parts] = ended[0]!;
    expect(new Set(parts.map(({ parentId }) => parentId))).toEqual(new Set([root!.spanId]));
    expect(journeys.traceOf(KEY)).toBeUndefined();
  });

  test("end at once where it was shown healthy before the end of its sync was told", () => {
    look("one");
    look("two");
    journeys.shown(KEY, status("two", "Healthy"));
    journeys.synced(APP, run("two", "Succeeded"));
    expect(told().at(-1)?.at(-1)).toBe("healthy");
  });

  test("have a span for each try, with what failed, and go on until one succeeds", () => {
    look("one");
    look("two");
    journeys.synced(APP, run("two", "Failed", { message: "x".repeat(10_000) }));
    journeys.shown(KEY, status("two", "Healthy", "OutOfSync"));
    expect([ended, reached]).toEqual([[], []]);
    journeys.synced(APP, run("two", "Succeeded"));
    journeys.shown(KEY, status("two", "Healthy"));
    const tries = ended[0]!.filter(({ name }) => name === "sync");
    expect(tries.map(({ error }) => error?.length)).toEqual([500, undefined]);
    expect(reached.map((one) => one.reached)).toEqual(["synced", "healthy"]);
  });

  test("are cut where another revision comes, and say so", () => {
    look("one");
    look("two");
    journeys.synced(APP, run("two", "Failed"));
    look("three");
    expect(ended[0]?.[0]?.error).toBe("it was not healthy when three came");
    // What ends now is of the one before.
    journeys.synced(APP, run("two", "Succeeded"));
    journeys.shown(KEY, status("two", "Healthy"));
    expect([ended.length, reached]).toEqual([1, []]);
  });

  test.each([
    ["a commit that changes nothing of it", () => look("three")],
    [
      "a dry run",
      () => journeys.synced(APP, run("two", "Succeeded", { operation: { sync: { dryRun: true } } })),
    ],
    ["an application that went away", () => journeys.left(KEY)],
  ])("tell nothing of %s", (_, happens) => {
    look("one");
    look("two");
    happens();
    look("four");
    expect([ended, reached]).toEqual([[], []]);
  });

  test("measure no way that waited for a person", () => {
    look("one", BY_HAND);
    look("two", BY_HAND);
    now += 86_400_000;
    journeys.synced(BY_HAND, run("two", "Succeeded"));
    journeys.shown(KEY, status("two", "Healthy"));
    expect(reached).toEqual([]);
    expect(ended).toHaveLength(1);
  });

  test("are measured and not kept while nobody traces", () => {
    traced = false;
    look("one");
    look("two");
    expect(journeys.traceOf(KEY)).toBeUndefined();
    journeys.synced(APP, run("two", "Succeeded"));
    journeys.shown(KEY, status("two", "Healthy"));
    expect(ended).toEqual([]);
    expect(reached.map(({ traceId }) => traceId)).toEqual([undefined, undefined]);
  });

  test("are bounded, however often a sync fails", () => {
    look("one");
    look("two");
    for (let at = 0; at < 500; at++) journeys.synced(APP, run("two", "Failed"));
    look("three");
    expect(ended[0]!.length).toBeLessThan(70);
  });

  test("a push that is a minute old, or of another repository, is no reason", () => {
    look("one");
    journeys.pushed([REPO]);
    now += 61_000;
    look("two");
    journeys.pushed(["https://git.example.com/other.git"]);
    look("three");
    journeys.synced(APP, run("three", "Succeeded"));
    journeys.shown(KEY, status("three", "Healthy"));
    expect(told().flat()).not.toContain("push");
  });

  test("a clock that is set back makes no time negative", () => {
    look("one");
    look("two");
    now -= 3_600_000;
    journeys.synced(APP, run("two", "Succeeded"));
    journeys.shown(KEY, status("two", "Healthy"));
    for (const { fromMs, toMs } of ended[0]!) expect(toMs).toBeGreaterThanOrEqual(fromMs);
    for (const { tookMs } of reached) expect(tookMs).toBeGreaterThanOrEqual(0);
  });
});
