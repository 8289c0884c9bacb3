import { describe, expect, test } from "bun:test";
import type { GeneratedApplications } from "../generate/generate-applications.ts";
import { type Application, RESOURCES_FINALIZER } from "../model/application.ts";
import { type ApplicationSetSpec, setKey } from "../model/application-set.ts";
import { showProblem } from "../model/problem.ts";
import type { ExistingChild } from "./existing-child.ts";
import { jqQuestions, type PlannedChild, planSet, type SetPlanInput } from "./plan-set.ts";
import { app, child, generated, key, part, setOf } from "./testdata/set-cases.ts";

function input(
  wanted: GeneratedApplications,
  existing: readonly ExistingChild[],
  more: Partial<SetPlanInput> = {},
): SetPlanInput {
  return {
    set: setOf(),
    generated: wanted,
    existing: new Map(existing.map((one) => [one.key, one])),
    budget: { percent: 20, count: 5 },
    ...more,
  };
}

/** `update a: spec.source.path`. */
function say(step: PlannedChild): string {
  switch (step.do) {
    case "create":
      return `create ${step.app.metadata.name}`;
    case "update":
      return `update ${step.before.app.metadata.name}: ${step.changed.join(", ")}`;
    case "delete":
      return `delete ${step.before.app.metadata.name}`;
    case "nothing":
      return `nothing ${step.key}`;
    case "held":
      return `held ${step.wanted} ${step.key}: ${step.why}`;
  }
}
const plan = (given: SetPlanInput): string[] => planSet(given).steps.map(say);
const moved = (name: string): Application =>
  app(name, { spec: { source: { repoURL: "https://b", path: "." } } });
const many = (count: number): Application[] => Array.from({ length: count }, (_, at) => app(`a${at}`));

/** The one child after a plan, where it is updated. */
function after(wanted: Application, live: Application, spec: Partial<ApplicationSetSpec> = {}) {
  const [step] = planSet(input(generated(wanted), [child(live)], { set: setOf(spec) })).steps;
  return step?.do === "update" ? step.app : step;
}

describe("planSet()", () => {
  const three = [child(app("same")), child(app("other")), child(app("extra"))];
  const wanted = generated(app("same"), moved("other"), app("new"));
  const CHANGED = "spec.source.path, spec.source.repoURL, spec.source.targetRevision";
  test.each<{ policy: NonNullable<ApplicationSetSpec["syncPolicy"]>["applicationsSync"]; steps: string[] }>([
    {
      policy: undefined,
      steps: ["nothing argocd/same", `update other: ${CHANGED}`, "create new", "delete extra"],
    },
    {
      policy: "sync",
      steps: ["nothing argocd/same", `update other: ${CHANGED}`, "create new", "delete extra"],
    },
    {
      policy: "create-update",
      steps: [
        "nothing argocd/same",
        `update other: ${CHANGED}`,
        "create new",
        "held delete argocd/extra: spec.syncPolicy.applicationsSync is create-update",
      ],
    },
    {
      policy: "create-delete",
      steps: [
        "nothing argocd/same",
        "held update argocd/other: spec.syncPolicy.applicationsSync is create-delete",
        "create new",
        "delete extra",
      ],
    },
    {
      policy: "create-only",
      steps: [
        "nothing argocd/same",
        "held update argocd/other: spec.syncPolicy.applicationsSync is create-only",
        "create new",
        "held delete argocd/extra: spec.syncPolicy.applicationsSync is create-only",
      ],
    },
  ])("does what the policy $policy permits", ({ policy, steps }) => {
    const syncPolicy = policy === undefined ? {} : { applicationsSync: policy };
    expect(plan(input(wanted, three, { set: setOf({ syncPolicy }) }))).toEqual(steps);
  });

  test("a set that is generated in part creates and updates, and takes nothing away, whatever was approved", () => {
    const approved = { keys: [key("extra")] };
    expect(plan(input(part(wanted), three, { approved }))).toEqual([
      "nothing argocd/same",
      `update other: ${CHANGED}`,
      "create new",
      "held delete argocd/extra: the set could be generated in part only, so that it may be wanted all the same (the repository did not answer)",
    ]);
  });

  test("what would go beyond the budget waits for a person, who speaks of just these", () => {
    const all = many(20);
    const existing = all.map((one) => child(one));
    const given = input(generated(...all.slice(6)), existing);
    const held = planSet(given);
    expect(held.steps.filter((step) => step.do === "delete")).toEqual([]);
    expect(held.blocked).toEqual(["a0", "a1", "a2", "a3", "a4", "a5"].map(key));
    expect(held.problems.map(showProblem)).toEqual([
      "ApplicationSet argocd/web: spec.generators: 6 of the 20 applications of the set would go at once, which waits for a person's word: argocd/a0, argocd/a1, argocd/a2 and 3 more. Approve these deletions, or look for what the generators do not find any more",
    ]);
    const approved = { keys: held.blocked };
    expect(planSet({ ...given, approved }).steps.filter((step) => step.do === "delete")).toHaveLength(6);
    // Of what nobody spoke of, more than the budget stays.
    const more = planSet({ ...given, generated: generated(...all.slice(12)), approved });
    expect(more.steps.filter((step) => step.do === "delete")).toHaveLength(6);
    expect(more.blocked).toHaveLength(6);
  });

  test("many that go one by one are many", () => {
    const all = many(20);
    const existing = all.map((one, at) => child(one, { going: at < 5 }));
    expect(planSet(input(generated(...all.slice(5)), existing)).blocked).toEqual([]);
    expect(planSet(input(generated(...all.slice(6)), existing)).blocked).toEqual([key("a5")]);
  });

  test("the last ones wait, however few they are", () => {
    const given = input(generated(), [child(app("last"))]);
    expect(planSet(given)).toMatchObject({
      steps: [{ do: "held", wanted: "delete", key: key("last") }],
      blocked: [key("last")],
    });
    expect(plan({ ...given, approved: { keys: [key("last")] } })).toEqual(["delete last"]);
    expect(plan({ ...given, approved: { keys: [key("other")] } })[0]).toStartWith("held delete argocd/last");
  });

  test.each([
    { whose: undefined, said: "is nobody's child" },
    { whose: setKey("argocd", "shop"), said: "belongs to ApplicationSet argocd/shop" },
    { whose: setKey("team", "web"), said: "belongs to ApplicationSet team/web" },
  ])("a name that $said is not taken over", ({ whose, said }) => {
    const theirs = child(moved("a"), { ownedBy: whose });
    const { steps, problems, blocked } = planSet(input(generated(app("a")), [theirs]));
    const why = `Application argocd/a is there already and ${said}, so ApplicationSet argocd/web does not touch it`;
    expect(steps.map(say)).toEqual([`held create argocd/a: ${why}`]);
    expect(problems).toMatchObject([{ severity: "error", text: `set 0: ${why}` }]);
    expect(blocked).toEqual([]);
  });

  test("what is nobody's, or another set's, is not deleted either", () => {
    const others = [
      child(app("b"), { ownedBy: undefined }),
      child(app("c"), { ownedBy: setKey("argocd", "shop") }),
    ];
    expect(plan(input(generated(app("a")), [child(app("a")), ...others]))).toEqual(["nothing argocd/a"]);
  });

  test("what is going already is left to go, and made again when it is gone", () => {
    const going = child(moved("a"), { going: true });
    expect(plan(input(generated(app("a")), [going]))).toEqual([
      "held create argocd/a: it is being deleted, and is made again when it is gone",
    ]);
    expect(plan(input(generated(app("b")), [child(app("b")), going]))).toEqual(["nothing argocd/b"]);
    expect(plan(input(generated(app("a")), []))).toEqual(["create a"]);
  });
});

describe("planSet() of one child", () => {
  test("writes what the template says, and leaves status, operation and the server's fields as they are", () => {
    const live = app("a", {
      metadata: { uid: "u", resourceVersion: "7", labels: { old: "1" }, ownerReferences: [] },
      spec: { project: "other" },
      status: { health: { status: "Healthy" } },
      ...{ operation: { sync: {} } },
    });
    expect(after(app("a", { metadata: { labels: { new: "1" } } }), live)).toEqual({
      ...live,
      metadata: { ...live.metadata, labels: { new: "1" } },
      spec: app("a").spec,
    });
  });

  test("an annotation that others write stays: Argo CD's own, the set's preservedFields, and a person's marks", () => {
    const live = app("a", {
      metadata: {
        labels: { team: "x", gone: "1" },
        annotations: {
          "notified.notifications.argoproj.io": "{}",
          "argocd.argoproj.io/refresh": "hard",
          "argocd.argoproj.io/skip-reconcile": "true",
          "holdfast.dev/depends-on": "db",
          mine: "live",
          theirs: "1",
        },
      },
    });
    const wanted = app("a", {
      metadata: { annotations: { mine: "template", "holdfast.dev/depends-on": "cache" } },
    });
    const preservedFields = { annotations: ["mine"], labels: ["team"] };
    expect(after(wanted, live, { preservedFields })).toMatchObject({
      metadata: {
        labels: { team: "x" },
        annotations: {
          "notified.notifications.argoproj.io": "{}",
          "argocd.argoproj.io/refresh": "hard",
          "argocd.argoproj.io/skip-reconcile": "true",
          "holdfast.dev/depends-on": "cache",
          mine: "live",
        },
      },
    });
    const said = after(wanted, live, { preservedFields }) as Application;
    expect(Object.keys(said.metadata.annotations ?? {})).not.toContain("theirs");
    expect(said.metadata.labels).toEqual({ team: "x" });
  });

  test("finalizers of hooks around a deletion stay, and the one that takes objects along goes when they are preserved", () => {
    const hook = "post-delete-finalizer.argocd.argoproj.io/cleanup";
    const live = app("a", { metadata: { finalizers: [hook, RESOURCES_FINALIZER] } });
    const preserved = app("a", { metadata: { finalizers: undefined } });
    expect(after(app("a"), live)).toMatchObject({ do: "nothing" });
    expect(after(preserved, live)).toMatchObject({ metadata: { finalizers: [hook] } });
    expect((after(preserved, app("a")) as Application).metadata).not.toHaveProperty("finalizers");
    expect(after(app("a"), preserved)).toMatchObject({ metadata: { finalizers: [RESOURCES_FINALIZER] } });
  });

  test.each<{
    what: string;
    live: Record<string, unknown>;
    wanted: Record<string, unknown>;
    changed: string[];
  }>([
    {
      what: "nothing that is null or empty",
      live: {},
      wanted: { info: [], ignoreDifferences: null },
      changed: [],
    },
    {
      what: "no is said by leaving it out",
      live: { syncPolicy: { automated: { prune: false } } },
      wanted: { syncPolicy: { automated: {} } },
      changed: [],
    },
    {
      what: "automated without anything in it says something",
      live: { syncPolicy: {} },
      wanted: { syncPolicy: { automated: {} } },
      changed: ["spec.syncPolicy"],
    },
    {
      what: "enabled: false says something",
      live: { syncPolicy: { automated: { prune: true } } },
      wanted: { syncPolicy: { automated: { prune: true, enabled: false } } },
      changed: ["spec.syncPolicy.automated.enabled"],
    },
    {
      what: "no history is not the usual history",
      live: {},
      wanted: { revisionHistoryLimit: 0 },
      changed: ["spec.revisionHistoryLimit"],
    },
    {
      what: "a user's own values are theirs",
      live: { source: { repoURL: "a", helm: { valuesObject: { a: false } } } },
      wanted: { source: { repoURL: "a", helm: { valuesObject: {} } } },
      changed: ["spec.source.helm.valuesObject.a"],
    },
    {
      what: "an item of a list",
      live: { sources: [{ repoURL: "a" }, { repoURL: "b", path: "x" }] },
      wanted: { sources: [{ repoURL: "a" }, { repoURL: "b", path: "y" }] },
      changed: ["spec.sources[1].path"],
    },
  ])("changed: $what", ({ live, wanted, changed }) => {
    const [step] = planSet(
      input(generated(app("a", { spec: wanted })), [child(app("a", { spec: live }))]),
    ).steps;
    expect(step?.do === "update" ? step.changed : step?.do).toEqual(
      changed.length === 0 ? "nothing" : changed,
    );
  });

  test("a rollout takes the automated sync off, and off it stays", () => {
    const strategy = { type: "RollingSync" as const, rollingSync: { steps: [{}] } };
    const wanted = app("a", { spec: { syncPolicy: { automated: { prune: true }, syncOptions: ["x"] } } });
    const live = after(wanted, wanted, { strategy }) as Application;
    expect(live.spec.syncPolicy).toEqual({ automated: { prune: true, enabled: false }, syncOptions: ["x"] });
    expect(after(wanted, live, { strategy })).toMatchObject({ do: "nothing" });
    expect(planSet(input(generated(wanted), [], { set: setOf({ strategy }) })).steps).toMatchObject([
      { do: "create", app: { spec: { syncPolicy: { automated: { enabled: false } } } } },
    ]);
    expect((after(wanted, live) as Application).spec).toEqual(wanted.spec);
  });
});

describe("ignoreApplicationDifferences", () => {
  const sourced = (source: Record<string, unknown>, more: Record<string, unknown> = {}) =>
    app("a", { spec: { source: { repoURL: "r", ...source }, ...more } });
  const parameters = (...all: [string, string][]) => ({
    helm: { parameters: all.map(([name, value]) => ({ name, value })) },
  });
  const IMAGE = '.spec.source.helm.parameters[] | select(.name == "image.tag")';
  test.each<{
    what: string;
    rules: ApplicationSetSpec["ignoreApplicationDifferences"];
    live: Application;
    wanted: Application;
    spec: Record<string, unknown> | "nothing";
  }>([
    {
      what: "a pointer keeps what is there",
      rules: [{ jsonPointers: ["/spec/source/targetRevision"] }],
      live: sourced({ targetRevision: "v1", path: "old" }),
      wanted: sourced({ targetRevision: "main", path: "new" }),
      spec: sourced({ targetRevision: "v1", path: "new" }).spec as never,
    },
    {
      what: "an equal rest is nothing to do",
      rules: [{ jsonPointers: ["/spec/source/targetRevision"] }],
      live: sourced({ targetRevision: "v1" }),
      wanted: sourced({ targetRevision: "main" }),
      spec: "nothing",
    },
    {
      what: "what somebody added stays, and what somebody took away stays away",
      rules: [{ jqPathExpressions: [".spec.syncPolicy.automated"] }, { jsonPointers: ["/spec/info"] }],
      live: sourced({ path: "old" }, { syncPolicy: { automated: { prune: true } } }),
      wanted: sourced({ path: "new" }, { info: [{ name: "a", value: "b" }] }),
      spec: sourced({ path: "new" }, { syncPolicy: { automated: { prune: true } } }).spec as never,
    },
    {
      what: "a rule for another application says nothing",
      rules: [{ name: "b", jsonPointers: ["/spec/source/path"] }],
      live: sourced({ path: "old" }),
      wanted: sourced({ path: "new" }),
      spec: sourced({ path: "new" }).spec as never,
    },
    {
      what: "one parameter stays, where it stands elsewhere too, and the others follow the template",
      rules: [{ jqPathExpressions: [IMAGE] }],
      live: sourced(parameters(["image.tag", "v7"], ["a", "1"])),
      wanted: sourced(parameters(["a", "2"], ["b", "3"], ["image.tag", "v1"])),
      spec: sourced(parameters(["a", "2"], ["b", "3"], ["image.tag", "v7"])).spec as never,
    },
    {
      what: "one parameter that the template does not have stays",
      rules: [{ jqPathExpressions: [IMAGE] }],
      live: sourced({ ...parameters(["image.tag", "v7"]), path: "old" }),
      wanted: sourced({ path: "new" }),
      spec: sourced({ ...parameters(["image.tag", "v7"]), path: "new" }).spec as never,
    },
    {
      what: "one parameter that somebody took away stays away",
      rules: [{ jqPathExpressions: [IMAGE] }],
      live: sourced(parameters(["a", "1"])),
      wanted: sourced(parameters(["image.tag", "v1"], ["a", "2"])),
      spec: sourced(parameters(["a", "2"])).spec as never,
    },
    {
      what: "a source is known by what it is taken from",
      rules: [{ jqPathExpressions: [".spec.sources[].targetRevision"] }],
      live: app("a", {
        spec: {
          source: undefined,
          sources: [
            { repoURL: "x", targetRevision: "1" },
            { repoURL: "y", targetRevision: "2" },
          ],
        },
      }),
      wanted: app("a", {
        spec: {
          source: undefined,
          sources: [
            { repoURL: "y", targetRevision: "main" },
            { repoURL: "new", targetRevision: "main" },
            { repoURL: "x", targetRevision: "main" },
          ],
        },
      }),
      spec: app("a", {
        spec: {
          source: undefined,
          sources: [
            { repoURL: "y", targetRevision: "2" },
            { repoURL: "new", targetRevision: "main" },
            { repoURL: "x", targetRevision: "1" },
          ],
        },
      }).spec as never,
    },
    {
      what: "half a source is not put beside sources",
      rules: [{ jsonPointers: ["/spec/source/targetRevision"] }],
      live: sourced({ targetRevision: "v1" }),
      wanted: app("a", { spec: { source: undefined, sources: [{ repoURL: "x" }] } }),
      spec: app("a", { spec: { source: undefined, sources: [{ repoURL: "x" }] } }).spec as never,
    },
  ])("$what", ({ rules, live, wanted, spec }) => {
    const given = input(generated(wanted), [child(live)], {
      set: setOf({ ignoreApplicationDifferences: rules ?? [] }),
    });
    const [step] = planSet(given).steps;
    expect(JSON.parse(JSON.stringify(step?.do === "update" ? step.app.spec : step?.do))).toEqual(
      JSON.parse(JSON.stringify(spec)),
    );
    if (step?.do !== "update") return;
    const again = planSet({ ...given, existing: new Map([[step.before.key, child(step.app)]]) });
    expect(again.steps).toMatchObject([{ do: "nothing" }]);
  });

  test("no rule says which application it is, nor what becomes of it", () => {
    const rules = [{ jsonPointers: ["/metadata/name", "/status", "/operation", "/kind", "/metadata"] }];
    const live = app("a", { metadata: { labels: { a: "live" } } });
    expect(after(moved("a"), live, { ignoreApplicationDifferences: rules })).toEqual({
      ...moved("a"),
      metadata: live.metadata,
    });
  });

  const ASKED = '.spec.source.helm.parameters | map(select(.name != "a"))';
  const asking = (more: Partial<SetPlanInput> = {}) =>
    input(generated(moved("a"), app("new")), [child(app("a"))], {
      set: setOf({ ignoreApplicationDifferences: [{ jqPathExpressions: [ASKED] }] }),
      ...more,
    });
  test("jq is asked of both sides of what is there, and of nothing else", () => {
    const questions = jqQuestions(asking());
    expect(questions.map(({ id }) => id)).toEqual([`wanted argocd/a ${ASKED}`, `live argocd/a ${ASKED}`]);
    expect(questions.map(({ object }) => object["spec"])).toEqual([moved("a").spec, app("a").spec] as never);
    expect(jqQuestions(input(generated(moved("a")), [child(app("a"))]))).toEqual([]);
    expect(
      jqQuestions(asking({ existing: new Map([[key("a"), child(app("a"), { going: true })]]) })),
    ).toEqual([]);
  });

  test("its answer is obeyed, and without one the child stays as it is", () => {
    const ids = jqQuestions(asking()).map(({ id }) => id);
    const jq = new Map(
      ids.map((id) => [id, { is: "places", places: [["spec", "source", "repoURL"]] } as const]),
    );
    expect(planSet(asking({ jq })).steps).toMatchObject([
      { do: "update", app: { spec: { source: { repoURL: "https://git.example.com/web.git", path: "." } } } },
      { do: "create" },
    ]);
    for (const [given, why] of [
      [{}, "jq was not asked yet"],
      [
        { jq: new Map(ids.map((id) => [id, { is: "unknown", why: "it took too long" } as const])) },
        "it took too long",
      ],
    ] as const) {
      const { steps, problems } = planSet(asking(given));
      expect(steps).toMatchObject([{ do: "held", wanted: "update", key: key("a") }, { do: "create" }]);
      expect(problems.map(({ text }) => text)).toEqual([
        `Application argocd/a stays as it is, because what is left alone in it is not known: spec.ignoreApplicationDifferences[0].jqPathExpressions[0]: ${why}`,
      ]);
    }
  });

  test("a pointer that is none is said", () => {
    const set = setOf({ ignoreApplicationDifferences: [{ jsonPointers: ["spec/source"] }] });
    expect(planSet(input(generated(), [], { set })).problems.map(showProblem)).toEqual([
      'ApplicationSet argocd/web: spec.ignoreApplicationDifferences[0].jsonPointers[0]: "spec/source" is no JSON pointer to a field, so nothing is left alone by it. Write it as /spec/source/targetRevision',
    ]);
  });
});
