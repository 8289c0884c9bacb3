import { describe, expect, test } from "bun:test";
import {
  application,
  desiredObject,
  extra,
  liveObject,
  missing,
  paired,
  type Sketch,
} from "../../../test/lib/core-objects.ts";
import type { Application, ApplicationStatus } from "../model/application.ts";
import type { Comparison, Difference } from "../model/comparison.ts";
import type { Health, HealthStatus } from "../model/health.ts";
import type { OperationState } from "../model/operation.ts";
import { appHealth, type Part } from "./app-health.ts";
import { appStatus, type StatusInput } from "./app-status.ts";
import { historyAfter } from "./history.ts";
import { leavingOf, resourceStatuses, syncStatus } from "./resource-statuses.ts";

const comparison = (...differences: Difference[]): Comparison => ({ differences, problems: [] });
const compared = (...differences: Difference[]): StatusInput["seen"] => ({
  is: "compared",
  comparison: comparison(...differences),
  revisions: ["abc"],
  sourceTypes: ["Directory"],
  images: ["web:2", "web:1", "web:2"],
});
const status = (change: Partial<StatusInput> & { app?: Application } = {}): ApplicationStatus =>
  appStatus({
    app: application(),
    seen: compared(paired("same", {})),
    healthByKey: new Map(),
    now: "2026-01-01T10:00:00Z",
    ...change,
  });
const options = (name: string, text: string): Sketch => ({
  annotations: { [`argocd.argoproj.io/${name}`]: text },
});

describe("appHealth()", () => {
  const part = (
    name: string,
    health: [HealthStatus, string?] | undefined,
    is: Part["is"] = "live",
    kind = "apps/Deployment",
  ): Part => {
    const [group = "", word = ""] = kind.split("/");
    return {
      ref: { group, kind: word, namespace: "shop", name },
      is,
      health: health && { status: health[0], message: health[1] ?? "" },
    };
  };
  const self = { group: "argoproj.io", kind: "Application", namespace: "argocd", name: "shop" };
  const cases: { name: string; parts: Part[]; want: Health }[] = [
    { name: "nothing at all is Healthy", parts: [], want: { status: "Healthy", message: "" } },
    {
      name: "objects without health do not count",
      parts: [part("a", undefined)],
      want: { status: "Healthy", message: "" },
    },
    {
      name: "the worst counts, and says what and why",
      parts: [part("a", ["Progressing", "1 of 3"]), part("b", ["Degraded", "Pod b-1 waits: ErrImagePull"])],
      want: { status: "Degraded", message: "apps/Deployment shop/b: Pod b-1 waits: ErrImagePull" },
    },
    {
      name: "what could not be seen is not called Healthy",
      parts: [part("a", ["Healthy"]), part("b", ["Unknown", "forbidden"], "unseen")],
      want: { status: "Unknown", message: "apps/Deployment shop/b: forbidden" },
    },
    {
      name: "what could not be seen hides nothing that is known",
      parts: [part("a", ["Degraded", "why"]), part("b", ["Unknown", "forbidden"], "unseen")],
      want: { status: "Degraded", message: "apps/Deployment shop/a: why" },
    },
    {
      name: "nothing but what could not be seen is Unknown, never Missing",
      parts: [part("a", undefined, "missing"), part("b", ["Unknown", "forbidden"], "unseen")],
      want: { status: "Unknown", message: "apps/Deployment shop/b: forbidden" },
    },
    {
      name: "three are named",
      parts: ["a", "b", "c", "d", "e"].map((name) => part(name, ["Degraded"])),
      want: {
        status: "Degraded",
        message: "apps/Deployment shop/a; apps/Deployment shop/b; apps/Deployment shop/c; and 2 more",
      },
    },
    {
      name: "one missing object beside others does not count",
      parts: [part("a", ["Healthy"]), part("b", undefined, "missing")],
      want: { status: "Healthy", message: "" },
    },
    {
      name: "none there is Missing",
      parts: [part("a", undefined, "missing"), part("b", undefined, "missing")],
      want: { status: "Missing", message: "None of its 2 objects exists" },
    },
    {
      name: "the only one is Missing",
      parts: [part("a", undefined, "missing")],
      want: { status: "Missing", message: "Its only object does not exist" },
    },
    {
      name: "a child application that is Missing or Unknown does not count",
      parts: [
        part("c", ["Missing"], "live", "argoproj.io/Application"),
        part("d", ["Unknown"], "live", "argoproj.io/Application"),
      ],
      want: { status: "Healthy", message: "" },
    },
    {
      name: "a child application that is Degraded does",
      parts: [part("c", ["Degraded"], "live", "argoproj.io/Application")],
      want: { status: "Degraded", message: "argoproj.io/Application shop/c" },
    },
    {
      name: "itself does not count",
      parts: [{ ref: self, is: "live", health: { status: "Degraded", message: "" } }],
      want: { status: "Healthy", message: "" },
    },
  ];
  test.each(cases)("$name", ({ parts, want }) => expect(appHealth(parts, self)).toEqual(want));
});

describe("syncStatus()", () => {
  const desired = desiredObject();
  const cases: { name: string; of: Difference[]; options?: string[]; want: string }[] = [
    { name: "nothing", of: [], want: "Synced" },
    { name: "the same", of: [paired("same", {})], want: "Synced" },
    {
      name: "something changed",
      of: [paired("same", {}), paired("changed", { name: "b" })],
      want: "OutOfSync",
    },
    { name: "something missing", of: [missing({})], want: "OutOfSync" },
    { name: "something extra", of: [extra({})], want: "OutOfSync" },
    {
      name: "something extra with IgnoreExtraneous",
      of: [extra(options("compare-options", "IgnoreExtraneous"))],
      want: "Synced",
    },
    {
      name: "something extra that is to stay",
      of: [extra(options("sync-options", "Prune=false"))],
      want: "Synced",
    },
    {
      name: "something extra in an application that keeps all",
      of: [extra({})],
      options: ["Prune=false"],
      want: "Synced",
    },
    {
      name: "something that another application has",
      of: [{ is: "foreign", key: desired.key, desired, live: liveObject(), owner: "x" }],
      want: "OutOfSync",
    },
    {
      name: "something unknown beside a difference",
      of: [{ is: "unknown", because: "unseen", key: desired.key, desired, why: "x" }, missing({ name: "b" })],
      want: "Unknown",
    },
  ];
  test.each(cases)("$name: $want", ({ of, options, want }) =>
    expect(syncStatus(comparison(...of), options)).toBe(want as "Synced"),
  );
});

describe("resourceStatuses()", () => {
  test("has one line an object, sorted by key, with what Argo CD's has", () => {
    const web = paired("changed", {
      apiVersion: "apps/v1",
      kind: "Deployment",
      name: "web",
      namespace: "shop",
      ...options("sync-wave", "2"),
    });
    const lines = resourceStatuses(
      comparison(
        web,
        extra({ name: "old", ...options("sync-options", "Delete=confirm") }),
        missing({ kind: "Namespace", name: "shop", namespace: "" }),
      ),
      new Map([[web.key, { status: "Progressing", message: "1 of 3" }]]),
    );
    expect(lines).toEqual([
      {
        version: "v1",
        kind: "ConfigMap",
        namespace: "default",
        name: "old",
        status: "OutOfSync",
        requiresPruning: true,
        requiresDeletionConfirmation: true,
      },
      { version: "v1", kind: "Namespace", name: "shop", status: "OutOfSync", health: { status: "Missing" } },
      {
        group: "apps",
        version: "v1",
        kind: "Deployment",
        namespace: "shop",
        name: "web",
        status: "OutOfSync",
        health: { status: "Progressing", message: "1 of 3" },
        syncWave: 2,
      },
    ]);
  });
});

test("resourceStatuses() says of what a mark has stay by which one, and of nothing else", () => {
  const lines = resourceStatuses(
    comparison(
      extra({ name: "a", ...options("sync-options", "Prune=false") }),
      extra({ name: "b", annotations: { "helm.sh/resource-policy": "keep" } }),
      extra({ name: "c" }),
      extra({ name: "d", ...options("sync-options", "Prune=true") }),
      extra({ name: "e", ...options("compare-options", "IgnoreExtraneous") }),
    ),
    new Map(),
    ["Prune=false"],
  );
  expect(
    lines.map(({ name, status, requiresPruning, kept }) => [name, status, requiresPruning, kept]),
  ).toEqual([
    ["a", "Synced", undefined, "its option Prune=false"],
    ["b", "Synced", undefined, "its annotation helm.sh/resource-policy: keep"],
    ["c", "Synced", undefined, "the application's option Prune=false"],
    ["d", "OutOfSync", true, undefined],
    ["e", "Synced", undefined, "the application's option Prune=false"],
  ]);
});

describe("leavingOf()", () => {
  const SINCE = "2026-01-01T10:00:00Z";
  const gone = (sketch: Sketch): Sketch => ({ ...sketch, metadata: { deletionTimestamp: SINCE } });
  const home = (sketch: Sketch) =>
    liveObject({ ...sketch, kind: "Namespace", name: "default", namespace: "" });
  const going = paired("same", gone({ name: "going" })),
    stays = paired("same", { name: "stays" });

  test("has what Git wants and was asked to go, as it is now, and says since when", () => {
    const all = comparison(going, stays, extra(gone({ name: "left" })), missing({ name: "missing" }));
    expect([...leavingOf(all, () => undefined)]).toEqual([[going.key, SINCE]]);
    // It went, or was asked to go, since it was compared.
    const asked = liveObject(gone({ name: "stays" }));
    expect([...leavingOf(all, (key) => (key === asked.key ? asked : undefined)).keys()]).toEqual([
      going.key,
      stays.key,
    ]);
  });
  test("has what goes with its Namespace", () => {
    const of = (sketch: Sketch) =>
      leavingOf(comparison(stays), (key) => (key === home({}).key ? home(sketch) : undefined));
    expect([...of(gone({}))]).toEqual([[stays.key, SINCE]]);
    expect([...of({})]).toEqual([]);
  });
  test("makes its application, and the object alone, OutOfSync", () => {
    const { sync, resources } = status({
      seen: compared(going, stays),
      leaving: new Map([[going.key, SINCE]]),
    });
    expect(sync.status).toBe("OutOfSync");
    expect(resources?.map(({ name, status: is, leavingSince }) => [name, is, leavingSince])).toEqual([
      ["going", "OutOfSync", SINCE],
      ["stays", "Synced", undefined],
    ]);
  });
});

describe("appStatus()", () => {
  test("has Argo CD's shape", () => {
    const web = paired("same", { apiVersion: "apps/v1", kind: "Deployment", name: "web", namespace: "shop" });
    expect(
      status({
        seen: compared(web),
        healthByKey: new Map([[web.key, { status: "Healthy", message: "" }]]),
        controllerNamespace: "argocd",
      }),
    ).toEqual({
      sync: {
        status: "Synced",
        revision: "abc",
        comparedTo: {
          source: { repoURL: "https://git.example.com/shop.git", path: "." },
          destination: { name: "in-cluster", namespace: "shop" },
        },
      },
      health: { status: "Healthy", lastTransitionTime: "2026-01-01T10:00:00Z" },
      resources: [
        {
          group: "apps",
          version: "v1",
          kind: "Deployment",
          namespace: "shop",
          name: "web",
          status: "Synced",
          health: { status: "Healthy" },
        },
      ],
      reconciledAt: "2026-01-01T10:00:00Z",
      sourceType: "Directory",
      summary: { images: ["web:1", "web:2"] },
      controllerNamespace: "argocd",
    });
  });

  test("addresses under which people reach it are told, and stay while it cannot be compared", () => {
    const seen = { ...compared(paired("same", {})), urls: ["https://shop.example.com/"] };
    const app = { ...application(), status: status({ seen }) };
    expect(app.status.summary?.externalURLs).toEqual(["https://shop.example.com/"]);
    const kept = status({ app, seen: { is: "not-compared", health: "kept", why: "no network" } });
    expect(kept.summary?.externalURLs).toEqual(["https://shop.example.com/"]);
  });

  test("several sources have plural fields", () => {
    const app = application({ sources: [{ repoURL: "a" }, { repoURL: "b" }] });
    expect(
      status({
        app,
        seen: {
          is: "compared",
          comparison: comparison(),
          revisions: ["1", "2"],
          sourceTypes: ["Helm", ""],
          images: [],
        },
      }),
    ).toMatchObject({
      sync: { revisions: ["1", "2"], comparedTo: { sources: [{ repoURL: "a" }, { repoURL: "b" }] } },
      sourceTypes: ["Helm", ""],
    });
  });

  test("times stay while nothing changes, and move where something does", () => {
    const first = status({
      conditions: [
        { type: "SyncError", message: "a" },
        { type: "ManifestWarning", message: "b" },
      ],
    });
    const second = status({
      app: { ...application(), status: first },
      now: "2026-01-01T11:00:00Z",
      conditions: [
        { type: "SyncError", message: "a" },
        { type: "ManifestWarning", message: "other" },
      ],
    });
    expect(second.health.lastTransitionTime).toBe("2026-01-01T10:00:00Z");
    expect(
      second.conditions?.map(({ message, lastTransitionTime }) => [message, lastTransitionTime]),
    ).toEqual([
      ["a", "2026-01-01T10:00:00Z"],
      ["other", "2026-01-01T11:00:00Z"],
    ]);
  });

  test("of what cannot be compared object by object, health says what is known", () => {
    const desired = desiredObject({ name: "x" });
    const unknown = (because: "no-such-kind" | "unseen"): Difference => ({
      is: "unknown",
      because,
      key: desired.key,
      desired,
      why: "the reason",
    });
    expect(status({ seen: compared(unknown("no-such-kind")) })).toMatchObject({
      sync: { status: "Unknown" },
      health: { status: "Missing" },
      resources: [{ status: "Unknown", health: { status: "Missing" } }],
    });
    expect(status({ seen: compared(unknown("unseen")) }).health).toMatchObject({
      status: "Unknown",
      message: "ConfigMap default/x: the reason",
    });
    // It is there, and only what a sync would make of it is not known.
    const healthByKey = new Map([[desired.key, { status: "Progressing", message: "" } as const]]);
    expect(status({ seen: compared(unknown("unseen")), healthByKey }).health.status).toBe("Progressing");
  });

  test("when it cannot be compared, sync is Unknown, what was seen stays to be read, and health as the reason wants it", () => {
    const app = {
      ...application(),
      status: status({ seen: compared(paired("same", {}), missing({ name: "b" })) }),
    };
    const kept = status({
      app,
      seen: { is: "not-compared", health: "kept", why: "render failed" },
      conditions: [{ type: "ComparisonError", message: "render failed" }],
    });
    expect(kept).toMatchObject({
      sync: { status: "Unknown", revision: "abc" },
      health: { status: "Healthy" },
      resources: [{ status: "Unknown" }, { status: "Unknown" }],
      summary: { images: ["web:1", "web:2"] },
      sourceType: "Directory",
    });
    expect(
      status({ app, seen: { is: "not-compared", health: "unknown", why: "the cluster does not answer" } })
        .health,
    ).toMatchObject({ status: "Unknown", message: "the cluster does not answer" });
    expect(
      status({ seen: { is: "not-compared", health: "kept", why: "no such path" } }).health,
    ).toMatchObject({ status: "Unknown", message: "no such path" });
  });

  test("says what a comparison found in words", () => {
    const desired = desiredObject({ name: "x" });
    const found: Comparison = {
      differences: [
        { is: "unknown", because: "unseen", key: desired.key, desired, why: "no such kind" },
        {
          is: "foreign",
          key: desired.key,
          desired,
          live: liveObject({ name: "x" }),
          owner: "application other",
        },
      ],
      problems: [
        { severity: "warning", file: "a.yaml", line: 3, text: "odd" },
        { severity: "error", text: "wrong" },
      ],
    };
    expect(
      status({
        seen: { is: "compared", comparison: found, revisions: ["abc"], sourceTypes: [], images: [] },
      }).conditions?.map(({ type, message }) => `${type}: ${message}`),
    ).toEqual([
      "ComparisonError: ConfigMap default/x: no such kind",
      "SharedResourceWarning: ConfigMap default/x belongs to application other; it is neither applied nor pruned here",
      "ManifestWarning: a.yaml:3: odd",
      "ComparisonError: wrong",
    ]);
  });
});

const ended = (change: Partial<OperationState> = {}): OperationState => ({
  operation: { sync: { revision: "abc" }, initiatedBy: { username: "ann" } },
  phase: "Succeeded",
  message: "",
  startedAt: "2026-01-01T10:00:00Z",
  finishedAt: "2026-01-01T10:00:09Z",
  syncResult: { revision: "abc", resources: [] },
  ...change,
});
const partial = (automated: boolean): OperationState =>
  ended({
    operation: {
      sync: { revision: "abc", resources: [{ kind: "X", name: "x" }] },
      initiatedBy: automated ? { automated } : { username: "ann" },
    },
  });

describe("historyAfter()", () => {
  const first = historyAfter([], ended(), application());
  test("enters a full sync that succeeded, with its sources", () => {
    expect(first).toEqual([
      {
        id: 0,
        revision: "abc",
        source: { repoURL: "https://git.example.com/shop.git", path: "." },
        deployStartedAt: "2026-01-01T10:00:00Z",
        deployedAt: "2026-01-01T10:00:09Z",
        initiatedBy: { username: "ann" },
        cause: "manual",
      },
    ]);
    expect(
      historyAfter(first, ended({ syncResult: { revision: "abd", resources: [] } }), application()).map(
        ({ id, revision }) => `${id} ${revision}`,
      ),
    ).toEqual(["0 abc", "1 abd"]);
  });
  test.each([
    ["a failure", ended({ phase: "Failed" })],
    ["a dry run", ended({ operation: { sync: { dryRun: true } } })],
    ["a person's sync of some objects", partial(false)],
  ])("does not enter %s", (_, state) => {
    expect(historyAfter(first, state, application())).toEqual(first);
  });
  test("leaves what was deployed where a heal puts it back, whatever the branch is at, and enters a heal of what was never deployed", () => {
    expect(historyAfter([], partial(true), application())).toHaveLength(1);
    const healed = { ...partial(true), finishedAt: "2026-01-01T12:00:00Z" };
    expect(historyAfter(first, healed, application())).toEqual(first);
    const later = { ...healed, syncResult: { revision: "abd", resources: [] } };
    expect(historyAfter(first, later, application())).toEqual(first);
  });
  test.each<[what: string, operation: OperationState["operation"], entry: object]>([
    ["a policy's sync", { sync: {}, initiatedBy: { automated: true } }, { cause: "automated" }],
    [
      "a heal of what was never deployed",
      { sync: { resources: [{ kind: "Pod", name: "a" }] }, initiatedBy: { automated: true } },
      { cause: "self-heal" },
    ],
    [
      "a way back, with its reason",
      {
        sync: {},
        info: [
          { name: "rollback", value: "4" },
          { name: "reason", value: "it fails" },
        ],
      },
      { cause: "rollback to 4", reason: "it fails" },
    ],
    [
      "a note that only looks like one",
      { sync: {}, info: [{ name: "rollback", value: "soon" }] },
      { cause: "manual" },
    ],
  ])("says what brought it about: %s", (_, operation, entry) => {
    expect(historyAfter([], ended({ operation }), application())).toMatchObject([entry]);
  });
  test("keeps as many as the application says", () => {
    const many = Array.from({ length: 14 }).reduce<ReturnType<typeof historyAfter>>(
      (history, _, at) =>
        historyAfter(history, ended({ syncResult: { revision: `r${at}`, resources: [] } }), application()),
      [],
    );
    expect(many.map(({ id }) => id)).toEqual([4, 5, 6, 7, 8, 9, 10, 11, 12, 13]);
    expect(historyAfter(many, ended(), application({ revisionHistoryLimit: 3 })).map(({ id }) => id)).toEqual(
      [12, 13, 14],
    );
    expect(historyAfter(many, ended(), application({ revisionHistoryLimit: 0 }))).toEqual([]);
  });
  test("an operation is entered once, however often its end is seen", () => {
    const once = status({ operation: ended() });
    const twice = status({ app: { ...application(), status: once }, operation: ended() });
    expect(twice.history).toEqual(once.history as NonNullable<ApplicationStatus["history"]>);
    expect(status({ app: { ...application(), status: twice } }).operationState).toEqual(ended());
  });
});
