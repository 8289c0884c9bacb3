import { describe, expect, test } from "bun:test";
import type { Application } from "../core/model/application.ts";
import { CliError } from "./cli-error.ts";
import { type AppSyncOptions, syncBody } from "./commands/app-sync.ts";
import { serverUrl } from "./http/server-url.ts";
import { normalizeArgv } from "./normalize-argv.ts";
import { durationFlag, pairFlag, resourceFlag, wholeNumberFlag, wordsFlag } from "./parse-flags.ts";
import { createProgram } from "./program.ts";
import { isSelected, missing, type WaitWord } from "./wait-conditions.ts";

const program = createProgram(
  { stdout: { isTTY: false }, stderr: { isTTY: false } } as never,
  async () => undefined,
);

describe("normalizeArgv()", () => {
  const cases: [sentence: string, argv: string, want: string][] = [
    ["takes a short flag with =", "app list -o=json", "app list -o json"],
    ["takes true for a switch", "app sync web --prune=true", "app sync web --prune"],
    ["takes false for a switch that is off anyway", "app sync web --prune=false", "app sync web"],
    ["takes false for a switch that is on", "app delete web --cascade=false", "app delete web --no-cascade"],
    [
      "leaves other values alone",
      "app sync web --revision=true-story --info a=true",
      "app sync web --revision=true-story --info a=true",
    ],
    ["leaves a value flag alone", "app sync web --revision=true", "app sync web --revision=true"],
    ["knows a kubeconfig's context", "adopt web --context prod", "adopt web --kube-context prod"],
    [
      "knows it behind a flag with a value",
      "-s http://x --context a adopt --context=prod",
      "-s http://x --context a adopt --kube-context=prod",
    ],
    ["knows it behind cluster delete", "cluster delete a --context b", "cluster delete a --kube-context b"],
    ["leaves a daemon's context alone", "cluster list --context b", "cluster list --context b"],
    ["leaves what stands behind -- alone", "app get -- -o=json", "app get -- -o=json"],
  ];
  test.each(cases)("%s", (_, argv, want) => {
    expect(normalizeArgv(argv.split(" "), program).join(" ")).toBe(want);
  });
});

describe("flags", () => {
  test("read resources as argocd writes them", () => {
    const all = ["apps:Deployment:web", ":Service:shop/web", "!*:Secret:*"].reduce<
      ReturnType<typeof resourceFlag> | undefined
    >((before, text) => resourceFlag(text, before), undefined);
    expect(all).toEqual([
      { group: "apps", kind: "Deployment", name: "web" },
      { group: "", kind: "Service", name: "web", namespace: "shop" },
      { group: "*", kind: "Secret", name: "*", exclude: true },
    ]);
  });
  test.each(["Deployment", "apps:Deployment", "apps::web", "a:b:c:d", ""])(
    "refuse the resource %p",
    (text) => {
      expect(() => resourceFlag(text, undefined)).toThrow("GROUP:KIND:NAME");
    },
  );
  test.each([
    ["v1:ConfigMap:x", "Write :ConfigMap:x."],
    ["!v1:ConfigMap:a/x", "Write !:ConfigMap:a/x."],
    ["apps/v1:Deployment:web", "Write apps:Deployment:web."],
    ["autoscaling/v2beta2:HorizontalPodAutoscaler:web", "Write autoscaling:HorizontalPodAutoscaler:web."],
  ])("a resource has a group and no version: %s", (text, fix) => {
    expect(() => resourceFlag(text, undefined)).toThrow(fix);
  });
  test("read durations, counts, lists and pairs", () => {
    expect([durationFlag("90"), durationFlag("5m"), durationFlag("0"), wholeNumberFlag("-1")]).toEqual([
      90_000, 300_000, 0, -1,
    ]);
    expect([wordsFlag(["a", "b"])("A, b,", ["z"]), pairFlag("reason=a=b", undefined)]).toEqual([
      ["z", "a", "b"],
      [{ name: "reason", value: "a=b" }],
    ]);
    for (const wrong of [
      () => durationFlag("soon"),
      () => wholeNumberFlag("1.5"),
      () => pairFlag("=x", undefined),
    ])
      expect(wrong).toThrow("Write");
  });
});

describe("serverUrl()", () => {
  test.each([
    ["127.0.0.1:8080", "http://127.0.0.1:8080"],
    ["localhost:9", "http://localhost:9"],
    ["cd.example.com", "https://cd.example.com"],
    ["[::1]:8080", "http://[::1]:8080"],
    ["http://cd.example.com/holdfast/", "http://cd.example.com/holdfast"],
    ["127.0.0.1.example.com", "https://127.0.0.1.example.com"],
  ])("reads %p as %p", (text, want) => {
    expect(serverUrl(text)).toBe(want);
  });
  test.each(["ftp://x", "", "http://", "https://ana:secret@cd.example.com"])(
    "refuses %p without repeating a password",
    (text) => {
      let caught: unknown;
      try {
        serverUrl(text);
      } catch (cause) {
        caught = cause;
      }
      expect(caught).toBeInstanceOf(CliError);
      expect(`${caught}`).not.toContain("secret");
    },
  );
});

const web: Application = {
  apiVersion: "argoproj.io/v1alpha1",
  kind: "Application",
  metadata: { namespace: "argocd", name: "web" },
  spec: {
    project: "default",
    source: { repoURL: "r", path: "web" },
    destination: { name: "in-cluster", namespace: "shop" },
    syncPolicy: { syncOptions: ["CreateNamespace=true", "Replace=false"] },
  },
};

describe("syncBody()", () => {
  const base: AppSyncOptions = { wait: "sync" };
  const sent = (options: Partial<AppSyncOptions>): unknown =>
    JSON.parse(JSON.stringify(syncBody(web, { ...base, ...options })));
  const always = { appNamespace: "argocd", project: "default" };

  test("sends what was asked for and nothing else", () => {
    expect(sent({})).toEqual(always);
    expect(
      sent({
        prune: true,
        dryRun: true,
        revision: "v1",
        resource: [{ group: "apps", kind: "Deployment", name: "web" }],
      }),
    ).toEqual({
      ...always,
      prune: true,
      dryRun: true,
      revision: "v1",
      resources: [{ group: "apps", kind: "Deployment", name: "web" }],
    });
  });
  test("keeps the application's own sync options beside those asked for", () => {
    expect(sent({ replace: true, applyOutOfSyncOnly: true })).toEqual({
      ...always,
      syncOptions: { items: ["CreateNamespace=true", "Replace=true", "ApplyOutOfSyncOnly=true"] },
    });
  });
  test("takes --confirm as an approval of pruning", () => {
    expect(sent({ confirm: 7 })).toEqual({ ...always, prune: true, confirmPrune: 7 });
  });
  test("forces within the strategy", () => {
    expect(sent({ force: true })).toEqual({ ...always, strategy: { hook: { force: true } } });
    expect(sent({ strategy: "apply" })).toEqual({ ...always, strategy: { apply: { force: false } } });
  });
  test("sends retries and notes", () => {
    expect(
      sent({
        retryLimit: 3,
        retryBackoffDuration: "5s",
        retryBackoffFactor: 2,
        info: [{ name: "reason", value: "x" }],
      }),
    ).toEqual({
      ...always,
      retryStrategy: { limit: 3, backoff: { duration: "5s", factor: 2 } },
      infos: [{ name: "reason", value: "x" }],
    });
  });
});

describe("missing()", () => {
  const state = (sync: string, health: string, more: object = {}): Application => ({
    ...web,
    status: {
      sync: { status: sync, comparedTo: { destination: {} } },
      health: { status: health },
      ...more,
    } as NonNullable<Application["status"]>,
  });
  const resource = {
    group: "apps",
    version: "v1",
    kind: "Deployment",
    namespace: "shop",
    name: "web",
    status: "Synced" as const,
    health: { status: "Progressing" as const },
  };
  const running = { operationState: { operation: {}, phase: "Running", message: "wave 0", startedAt: "" } };
  const cases: [sentence: string, app: Application, wanted: WaitWord[], want: string[]][] = [
    ["asks for nothing where all is there", state("Synced", "Healthy"), ["sync", "health", "operation"], []],
    [
      "names what is and what is wanted",
      state("OutOfSync", "Progressing"),
      ["sync", "health"],
      ["Synced (it is OutOfSync)", "Healthy (it is Progressing)"],
    ],
    [
      "takes health, suspended and degraded as alternatives",
      state("Synced", "Suspended"),
      ["health", "suspended"],
      [],
    ],
    [
      "waits for a running operation",
      state("Synced", "Healthy", running),
      ["operation"],
      ["the running operation (wave 0)"],
    ],
    [
      "waits for an operation that has not begun",
      { ...state("Synced", "Healthy"), operation: {} },
      ["operation"],
      ["the running operation"],
    ],
    ["does not look at what was not asked for", state("OutOfSync", "Degraded"), ["operation"], []],
    ["waits for the application's end", state("Synced", "Healthy"), ["deleted"], ["its deletion"]],
  ];
  test.each(cases)("%s", (_, app, wanted, want) => {
    expect(missing(app, new Set(wanted))).toEqual(want);
  });
  test("looks at chosen objects alone", () => {
    const app = state("OutOfSync", "Degraded", { resources: [resource] });
    expect(missing(app, new Set(["sync"]), [{ group: "apps", kind: "Deployment", name: "web" }])).toEqual([]);
    expect(missing(app, new Set(["health"]), [{ group: "apps", kind: "*", name: "w*" }])).toEqual([
      "Deployment/web (Synced, Progressing)",
    ]);
    expect(missing(app, new Set(["sync"]), [{ group: "", kind: "Service", name: "web" }])).toEqual([
      "an object that fits --resource",
    ]);
  });
  test("isSelected() lets exclusions win", () => {
    expect(
      isSelected(resource, [
        { group: "*", kind: "*", name: "*" },
        { group: "apps", kind: "Deployment", name: "web", exclude: true },
      ]),
    ).toBe(false);
    expect(isSelected(resource, [{ group: "", kind: "Secret", name: "*", exclude: true }])).toBe(true);
  });
});

describe("the command tree", () => {
  const leaves = (
    command: typeof program,
    path: string[] = [],
  ): { path: string; command: typeof program }[] =>
    command.commands.length === 0
      ? [{ path: path.join(" "), command }]
      : command.commands.flatMap((below) => leaves(below, [...path, below.name()]));
  test.each(leaves(program).map(({ path, command }) => [path, command] as const))(
    "%s says what it does and shows an example",
    (path, command) => {
      let help = "";
      command.configureOutput({ writeOut: (text) => void (help += text) });
      command.outputHelp();
      expect(command.description()).not.toBe("");
      expect(help).toContain(`$ holdfast ${path.split(" ")[0]}`);
    },
  );
});
