import { describe, expect, test } from "bun:test";
import { type Application, RESOURCES_FINALIZER } from "../model/application.ts";
import { type ApplicationSetSpec, setKey } from "../model/application-set.ts";
import { showProblem } from "../model/problem.ts";
import { planSet, type SetPlanInput } from "./plan-set.ts";
import type { PlannedChild } from "./planned-child.ts";
import { after, app, child, generated, input, key, moved, part, setOf } from "./testdata/set-cases.ts";

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
const many = (count: number): Application[] => Array.from({ length: count }, (_, at) => app(`a${at}`));

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
      "ApplicationSet argocd/web: spec.generators: 6 of the 20 applications of the set would go at once, which waits for a person's approval: argocd/a0, argocd/a1, argocd/a2 and 3 more. Approve these deletions, or look for what the generators do not find any more",
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
    const existing = all.map((one, at) => child(one, { isGoing: at < 5 }));
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
    const going = child(moved("a"), { isGoing: true });
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
      what: "what nothing knows is not kept by every home",
      live: { source: { repoURL: "a" }, syncPolicy: {} },
      wanted: {
        source: { repoURL: "a", helm: { skipCRDs: true } },
        syncPolicy: { selfheal: true },
        more: [1],
      },
      changed: [],
    },
    {
      what: "what is within a mapping of any keys is known",
      live: { source: { repoURL: "a", kustomize: { commonLabels: {} } } },
      wanted: { source: { repoURL: "a", kustomize: { commonLabels: { any: "1" } } } },
      changed: ["spec.source.kustomize"],
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
