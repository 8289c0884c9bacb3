import { describe, expect, test } from "bun:test";
import { shopsSet } from "../../../test/fakes/fake-sets.ts";
import type { ApplicationSet } from "../../core/model/application-set.ts";
import type { ApplicationRollout, ApplicationSetStatus } from "../../core/model/application-set-status.ts";
import type { ListedApplication } from "../../core/model/listed-application.ts";
import { type Elements, fates, found, rowsOf, telling } from "./set-elements-words.ts";
import { type EndingApplication, endOf } from "./set-end.ts";
import { SET_FORM } from "./set-fields.ts";
import { foundSets, orderedSets, type SetLine } from "./set-list.ts";
import { changedIn, previewSentence, problemsOnce } from "./set-preview.ts";
import { stepLanes } from "./set-rollout.ts";
import {
  errorsOf,
  generatorWords,
  policyWords,
  type ShownSet,
  setBadge,
  setSentence,
  summaryOf,
} from "./set-words.ts";

const app = (name: string, sync: string, health: string): ListedApplication => ({
  metadata: { namespace: "argocd", name },
  spec: { project: "default", destination: {} },
  status: { sync: { status: sync as "Synced" }, health: { status: health as "Healthy" } },
});

function shown(
  apps: readonly ListedApplication[],
  {
    name = "shops",
    status = {},
    blocked = [],
  }: { name?: string; status?: ApplicationSetStatus; blocked?: string[] } = {},
): ShownSet {
  return {
    origin: { from: "api" },
    applicationSet: { ...shopsSet([], { name }), status },
    applications: apps.map(({ metadata }) => `argocd/${metadata.name}`),
    blocked,
  };
}

function said(apps: readonly ListedApplication[], more: Parameters<typeof shown>[1] = {}): string {
  const set = shown(apps, more);
  const byKey = new Map(apps.map((one) => [`argocd/${one.metadata.name}`, one]));
  return setSentence(
    set,
    summaryOf(set, (key) => byKey.get(key)),
  );
}

const ERROR: ApplicationSetStatus = {
  conditions: [
    {
      type: "ErrorOccurred",
      status: "True",
      reason: "ParametersError",
      message: "ApplicationSet argocd/shops: the repository does not answer",
    },
  ],
};

test("the badge beside its name is never Healthy where its applications are not", () => {
  const status = { health: { status: "Healthy" } } as ApplicationSetStatus;
  const badge = (apps: readonly ListedApplication[], own = status) => {
    const set = shown(apps, { status: own });
    return setBadge(
      set,
      summaryOf(set, (key) => apps.find((one) => `argocd/${one.metadata.name}` === key)),
    );
  };
  const [good, missing] = [app("a", "Synced", "Healthy"), app("b", "OutOfSync", "Missing")];
  expect(badge([good, missing])).toBe("Missing");
  expect(badge([good])).toBe("Healthy");
  expect(badge([])).toBe("Healthy");
  expect(badge([missing], {})).toBeUndefined();
  expect(badge([good], { health: { status: "Degraded" } } as ApplicationSetStatus)).toBe("Degraded");
});

test("what is wrong with each element alike is said once, with how many more it is so of", () => {
  const wrong = (from: string, text: string, path?: string) => ({
    ...{ severity: "error" as const, text: `${from}: ${text}` },
    ...(path === undefined ? {} : { path }),
  });
  const problems = ["apps/a", "apps/b", "apps/c"].flatMap((from) =>
    ["spec.template.metadata.name", "spec.template.spec"].map((path) => wrong(from, "no parameter", path)),
  );
  expect(problemsOnce(problems).map(({ path, more, text }) => [path, more, text])).toEqual([
    ["spec.template.metadata.name", 2, "apps/a: no parameter"],
    ["spec.template.spec", 2, "apps/a: no parameter"],
  ]);
  // Without a place nothing tells that it is of an element.
  expect(problemsOnce([wrong("a", "x"), wrong("b", "x")])).toHaveLength(2);
  expect(
    problemsOnce([wrong("a", "x", "spec"), { ...wrong("b", "x", "spec"), severity: "warning" }]),
  ).toHaveLength(2);
});

describe("another generator", () => {
  const begun = (text: string) => ({
    spec: {
      goTemplate: true,
      generators: [{ list: { elements: [{ name: "staging" }] } }],
      template: {
        metadata: { name: "web-{{ .name }}" },
        spec: {
          source: { repoURL: text, path: "deploy/{{ .name }}", targetRevision: "{{ .other }}" },
          destination: { name: "in-cluster", namespace: "web-{{.name}}" },
        },
      },
    },
  });
  const chosen = (set: object, kind: string): Record<string, unknown> => {
    const [, generator] = SET_FORM.sections(set);
    const [choice] = generator?.fields ?? [];
    if (choice?.is !== "value") throw new Error("there is no choice of a generator");
    return Object.fromEntries(
      choice.value
        .write(set, [], kind)
        .map((change) => [change.path.join("."), change.do === "set" ? change.value : change.do]),
    );
  };
  const [NAME, PATH, NAMESPACE] = [
    ...["spec.template.metadata.name", "spec.template.spec.source.path"],
    "spec.template.spec.destination.namespace",
  ] as const;

  test("fills in what it has, where the one before filled in what tells its elements apart", () => {
    const set = begun("https://git.example.com/shop.git");
    expect(chosen(set, "directories")).toEqual({
      "spec.generators": [
        {
          git: {
            ...{ repoURL: "https://git.example.com/shop.git", revision: "HEAD" },
            directories: [{ path: "apps/*" }],
          },
        },
      ],
      [NAME]: "web-{{ .path.basename }}",
      [PATH]: "{{ .path.path }}",
      [NAMESPACE]: "web-{{ .path.basename }}",
    });
    expect(chosen(set, "files")).toMatchObject({ [PATH]: "deploy/{{ .path.basename }}" });
    // A cluster has a name, too.
    expect(Object.keys(chosen(set, "clusters"))).not.toContain("spec.template.spec.source.targetRevision");
  });

  test("reads no repository whose address is filled in, and without Go templates writes as they do", () => {
    const filled = begun("https://{{ .name }}/shop.git");
    expect(chosen(filled, "files")["spec.generators"]).toMatchObject([{ git: { repoURL: "" } }]);
    const plain = structuredClone(begun("https://git.example.com/shop.git"));
    plain.spec.goTemplate = false;
    plain.spec.template.metadata.name = "web-{{name}}";
    expect(chosen(plain, "directories")).toMatchObject({ [NAME]: "web-{{path.basename}}" });
    expect(Object.keys(chosen(plain, "directories"))).not.toContain(PATH);
  });
});

describe("what a set comes to, first", () => {
  test.each([
    [[], {}, "It makes no application"],
    [[], { status: ERROR }, "It makes no application, because of an error"],
    [[app("a", "Synced", "Healthy")], {}, "It makes 1 application, Synced and Healthy"],
    [
      [app("a", "Synced", "Healthy"), app("b", "Synced", "Healthy")],
      {},
      "It makes 2 applications, all Synced and Healthy",
    ],
    [
      [app("a", "OutOfSync", "Progressing"), app("b", "Synced", "Degraded"), app("c", "Unknown", "Unknown")],
      {},
      "It makes 3 applications: 1 Degraded, 1 Unknown, 1 Progressing, 1 OutOfSync, 1 Sync unknown",
    ],
  ] as const)("%#: %p", (apps, more, words) => {
    expect(said(apps, more as Parameters<typeof shown>[1])).toBe(words);
  });

  test("what waits for a person and what went wrong are told, the person's first", () => {
    expect(errorsOf(shown([], { status: ERROR, blocked: ["argocd/a", "argocd/b"] }))).toEqual([
      "2 of its applications would go at once, which waits for a person's approval",
      "the repository does not answer",
    ]);
  });

  test("policies are said in words", () => {
    const { spec } = shopsSet([]);
    expect(policyWords({ spec })).toEqual([
      "Applications are made, changed and deleted as the generators say.",
      "Where one is deleted, what it delivered goes with it, unless its template says otherwise.",
    ]);
    const kept = { applicationsSync: "create-only", preserveResourcesOnDeletion: true } as const;
    expect(policyWords({ spec: { ...spec, syncPolicy: kept } })).toEqual([
      "Applications are made, and then neither changed nor deleted.",
      "Where one is deleted, what it delivered stays on its cluster.",
    ]);
  });

  test("generators are said in words, within each other too", () => {
    const git = { git: { repoURL: "https://git.example.com/x.git", directories: [{ path: "apps/*" }] } };
    expect(generatorWords({ matrix: { generators: [git, { clusters: {} }] } })).toBe(
      "each pair of folders apps/* of https://git.example.com/x.git and all clusters",
    );
  });
});

describe("the list of sets", () => {
  const line = (name: string, health: string, more: Parameters<typeof shown>[1] = {}): SetLine => {
    const one = app(name, "Synced", health);
    const set = shown([one], { name, ...more });
    return { shown: set, summary: summaryOf(set, () => one) };
  };
  const lines = [line("a", "Healthy"), line("b", "Progressing"), line("c", "Degraded")];
  const names = (of: readonly SetLine[]) => of.map(({ shown }) => shown.applicationSet.metadata.name);

  test("has the worst first, and is found in", () => {
    expect(names(orderedSets(lines, "worst"))).toEqual(["c", "b", "a"]);
    expect(names(orderedSets(lines, "name"))).toEqual(["a", "b", "c"]);
    expect(names(foundSets(lines, "is:attention"))).toEqual(["c"]);
    expect(names(foundSets(lines, "-is:attention generator:list"))).toEqual(["a", "b"]);
    expect(names(foundSets(lines, "health:"))).toEqual(["a", "b", "c"]);
    expect(names(foundSets(lines, "B IS DEGRADED"))).toEqual([]);
    expect(names(foundSets(lines, '"c is degraded"'))).toEqual(["c"]);
  });
});

describe("elements", () => {
  const elements: Pick<Elements, "generators"> = {
    generators: [
      {
        ...{ path: "spec.generators[0].list", kind: "list", problems: [] },
        elements: [
          { is: "made", name: "set 1", parameters: { env: "prod", tier: "web" }, application: "argocd/a" },
          { is: "left-out", name: "set 1", parameters: { env: "test", tier: "web" } },
          { is: "made", name: "set 2", parameters: { env: "dev", tier: "web" }, application: "argocd/b" },
          { is: "wrong", name: "set 3", parameters: { env: "<b>", tier: "web" }, why: "is no valid name" },
        ],
      },
    ],
  };
  const states = new Map([
    ["argocd/a", { sync: "Synced", health: "Healthy" }],
    ["argocd/b", { sync: "Synced", health: "Degraded" }],
  ]);
  const rows = rowsOf(elements, (key) => states.get(key), "worst");
  const envs = (of: typeof rows) => of.map(({ element }) => element.parameters?.["env"]);

  test("come the worst first, or as they were found", () => {
    expect(envs(rows)).toEqual(["<b>", "dev", "prod", "test"]);
    expect(envs(rowsOf(elements, (key) => states.get(key), "found"))).toEqual(["prod", "test", "dev", "<b>"]);
    expect(fates(rows)).toEqual([
      ["wrong", 1],
      ["made", 2],
      ["left-out", 1],
    ]);
  });

  test.each([
    ["is:wrong", ["<b>"]],
    ["health:degraded", ["dev"]],
    ["env:prod", ["prod"]],
    ["-tier:web", []],
    ["valid", ["<b>"]],
    ["env:", ["<b>", "dev", "prod", "test"]],
    ["argocd/b", ["dev"]],
    ["-is:made -is:left-out", ["<b>"]],
  ])("are found by %s", (line, expected) => {
    expect(envs(found(rows, line))).toEqual(expected);
  });

  test("are told apart by what differs", () => {
    const [first] = elements.generators;
    expect(telling(first?.elements ?? [])).toEqual(["env", "tier"]);
    expect(
      telling([
        { is: "made", name: "", parameters: { same: "1", other: "a" } },
        { is: "made", name: "", parameters: { same: "1", other: "b" } },
      ]),
    ).toEqual(["other", "same"]);
    // As a matrix of clusters and a list has them: three of them say the same.
    const pair = (name: string, zone: string) => ({
      ...{ is: "made" as const, name: "" },
      parameters: { kind: "eks", name, nameNormalized: name, server: `https://${name}`, zone },
    });
    expect(telling([pair("east", "a"), pair("east", "b"), pair("west", "a"), pair("west", "b")])).toEqual([
      ...["name", "zone", "nameNormalized", "server", "kind"],
    ]);
    expect(telling([pair("east", "a")])).toEqual(["kind", "name", "nameNormalized", "server", "zone"]);
  });
});

describe("steps of a rollout", () => {
  const member = (
    application: string,
    step: string,
    status: ApplicationRollout["status"],
  ): ApplicationRollout => ({
    ...{ application, step, status, targetRevisions: [], message: "" },
  });
  const rolling = (applicationStatus: ApplicationRollout[]): ApplicationSet => {
    const set = shopsSet([]);
    const expression = (values: string[]) => [{ key: "env", operator: "In" as const, values }];
    const steps = [
      { matchExpressions: expression(["staging"]), maxUpdate: 0 },
      { matchExpressions: expression(["prod", "dr"]), maxUpdate: "25%" },
      {},
    ];
    return {
      ...set,
      spec: { ...set.spec, strategy: { type: "RollingSync", rollingSync: { steps } } },
      status: { applicationStatus },
    };
  };

  test("are lanes with what is under way first, and what no step has last", () => {
    const lanes = stepLanes(
      rolling([
        member("a", "1", "Healthy"),
        member("b", "2", "Waiting"),
        member("c", "2", "Progressing"),
        member("d", "-1", "Waiting"),
      ]),
    );
    expect(lanes.map(({ title, selects, atOnce, state }) => [title, selects, atOnce, state])).toEqual([
      ["Step 1", "env is staging", "none by itself: a person syncs them", "done"],
      ["Step 2", "env is prod or dr", "25% at once", "running"],
      ["Step 3", "all that no step before has", "", "none"],
      ["In no step", "", "the rollout syncs none of these", "none"],
    ]);
    expect(lanes[1]?.applications.map(({ application }) => application)).toEqual(["c", "b"]);
    expect(stepLanes(shopsSet([]))).toEqual([]);
  });
});

describe("before a set is changed or deleted", () => {
  test("a preview counts, and has what is deleted first", () => {
    const steps = [
      { do: "create", application: "argocd/a", difference: { name: "made" } },
      { do: "nothing", application: "argocd/b" },
      { do: "delete", application: "argocd/c", difference: { name: "gone" } },
      { do: "held", application: "argocd/d", wanted: "create", why: "x" },
    ] as never;
    expect(previewSentence({ is: "whole", problems: [], steps })).toBe(
      "It would make 1 and delete 1 of its applications; 1 stays as it is; 1 is held",
    );
    expect(changedIn({ steps }).map(({ name }) => name)).toEqual(["gone", "made"]);
    expect(previewSentence({ is: "part", problems: [], steps: [] })).toBe(
      "It would change no application; because of an error nothing would be deleted",
    );
  });

  test("what goes along is what finalizers and the policy say", () => {
    const one = (name: string, finalizers: string[]): EndingApplication => ({
      metadata: { namespace: "argocd", name, finalizers },
      status: {
        resources: [
          { kind: "Deployment", health: { status: "Healthy" } },
          { kind: "PersistentVolumeClaim" },
          { kind: "Service", health: { status: "Missing" } },
          { kind: "Secret", kept: {} },
        ],
      },
    });
    const apps = [one("a", ["resources-finalizer.argocd.argoproj.io/background"]), one("b", [])];
    const { spec } = shopsSet([]);
    expect(endOf({ spec }, apps)).toMatchObject({
      ...{ is: "all-go", objects: 2, withData: 1 },
      ...{ withObjects: [apps[0]], alone: [apps[1]] },
    });
    const kept = { ...spec, syncPolicy: { applicationsSync: "create-update" as const } };
    expect(endOf({ spec: kept }, apps)).toMatchObject({ is: "all-stay", objects: 0, alone: apps });
  });
});
