import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import type { AppKey, Application } from "../model/application.ts";
import { type ApplicationSetSpec, type SetKey, setKey } from "../model/application-set.ts";
import type { SetChild } from "../ports/sets-home.ts";
import { ChildIndex } from "./child-index.ts";
import { planSet, type SetPlanInput } from "./plan-set.ts";
import { Settled } from "./settled.ts";
import { app, byKey, child, generated, key, OURS, part, setOf } from "./testdata/set-cases.ts";

const NAMES = ["a", "b", "c", "d", "e", "f"];

/** Parts of an application that templates, people and programs write. */
const anyApp = (name: string) =>
  fc
    .record(
      {
        labels: fc.dictionary(fc.constantFrom("team", "x"), fc.constantFrom("1", "2"), { maxKeys: 2 }),
        annotations: fc.dictionary(
          fc.constantFrom("kept", "y", "argocd.argoproj.io/skip-reconcile", "holdfast.dev/z"),
          fc.constantFrom("1", "2"),
          { maxKeys: 3 },
        ),
        finalizers: fc.subarray([
          "resources-finalizer.argocd.argoproj.io",
          "pre-delete-finalizer.argocd.argoproj.io",
          "z/z",
        ]),
      },
      { requiredKeys: [] },
    )
    .chain((metadata) =>
      fc
        .record(
          {
            project: fc.constantFrom("p", "q"),
            info: fc.constantFrom(null, [], [{ name: "n", value: "v" }]),
            syncPolicy: fc.constantFrom(
              {},
              { automated: {} },
              { automated: { prune: true } },
              { automated: { prune: false } },
            ),
            source: fc.record(
              {
                repoURL: fc.constantFrom("r", "s"),
                targetRevision: fc.constantFrom("1", "2"),
                helm: fc.record({
                  parameters: fc.uniqueArray(
                    fc.record({ name: fc.constantFrom("tag", "k", "l"), value: fc.constantFrom("1", "2") }),
                    { selector: (one) => one.name, maxLength: 3 },
                  ),
                }),
              },
              { requiredKeys: ["repoURL"] },
            ),
          },
          { requiredKeys: [] },
        )
        .map((spec) => app(name, { metadata, spec })),
    );

const someApps = fc
  .subarray(NAMES)
  .chain((names) => fc.tuple(...names.map(anyApp)))
  .map((apps) => [...apps]);

const existing = someApps.chain((apps) =>
  fc.tuple(
    ...apps.map((one) =>
      fc
        .record({
          ownedBy: fc.constantFrom<SetKey | undefined>(OURS, OURS, OURS, undefined, setKey("argocd", "shop")),
          isGoing: fc.constantFrom(false, false, false, true),
        })
        .map((more): SetChild => child(one, more)),
    ),
  ),
);

const spec: fc.Arbitrary<Partial<ApplicationSetSpec>> = fc.record(
  {
    syncPolicy: fc.record({
      applicationsSync: fc.constantFrom("sync", "sync", "create-only", "create-update", "create-delete"),
    }),
    strategy: fc.constant({ type: "RollingSync" as const, rollingSync: { steps: [{}] } }),
    preservedFields: fc.constant({ annotations: ["kept"], labels: ["team"] }),
    ignoreApplicationDifferences: fc.subarray([
      { jsonPointers: ["/spec/source/targetRevision", "/spec/syncPolicy", "/spec/info"] },
      { jqPathExpressions: ['.spec.source.helm.parameters[] | select(.name == "tag")'] },
      { name: "a", jqPathExpressions: [".spec.source.helm.parameters[].value"] },
      { jsonPointers: ["/metadata/labels/x", "/spec/source/helm"] },
    ]),
  },
  { requiredKeys: [] },
);

type Given = SetPlanInput & { existing: ChildIndex };

const anyInput = fc
  .record({
    spec,
    wanted: someApps,
    is: fc.constantFrom("whole", "whole", "part"),
    existing,
    budget: fc.record({ percent: fc.constantFrom(0, 20, 100), count: fc.nat(3) }),
    approved: fc.subarray(NAMES),
  })
  .map(
    ({ wanted, is, ...given }): Given => ({
      set: setOf(given.spec),
      generated: is === "part" ? part(generated(...wanted)) : generated(...wanted),
      existing: byKey(given.existing),
      budget: given.budget,
      approved: { keys: given.approved.map(key) },
    }),
  );

/** What is there once the plan is carried out, and all that was going is gone. */
function carriedOut(input: Given): ChildIndex {
  const after = new ChildIndex([...input.existing.values()].filter(({ isGoing }) => !isGoing));
  for (const step of planSet(input).steps) {
    if (step.do === "create") after.set(child(structuredClone(step.app)));
    if (step.do === "update") after.set({ ...step.before, app: structuredClone(step.app) });
    if (step.do === "delete") after.delete(step.before.key);
  }
  return after;
}

describe("planSet() of anything", () => {
  const check = (name: string, holds: (input: Given) => void) =>
    test(name, () => fc.assert(fc.property(anyInput, holds), { numRuns: 1_500, seed: 5 }));

  check("leaves nothing for a second plan, but for what was going and what waits", (input) => {
    const once = { ...input, existing: carriedOut(input) };
    const twice = { ...input, existing: carriedOut(once) };
    for (const step of planSet(twice).steps) expect(["nothing", "held"]).toContain(step.do);
  });

  check(
    "takes nothing away that is not its own, is wanted, is going, or that its policy or a part keeps",
    (input) => {
      const wanted = input.generated.applications.map(({ application }) => key(application.metadata.name));
      const policy = input.set.spec.syncPolicy?.applicationsSync ?? "sync";
      const deleted = planSet(input).steps.flatMap((step) => (step.do === "delete" ? [step.before] : []));
      for (const before of deleted) {
        expect([before.ownedBy, before.isGoing]).toEqual([OURS, false]);
        expect(wanted).not.toContain(before.key);
        expect(["sync", "create-delete"]).toContain(policy);
        expect(input.generated.is).toBe("whole");
      }
      const unsaid = deleted.filter((before) => !input.approved?.keys.includes(before.key)).length;
      const own = [...input.existing.values()].filter(({ ownedBy }) => ownedBy === OURS).length;
      if (wanted.length === 0) expect(unsaid).toBe(0);
      else if (unsaid > input.budget.count)
        expect(unsaid).toBeLessThanOrEqual((own * input.budget.percent) / 100);
    },
  );

  check("speaks of each application once, and writes none that is another's or is going", (input) => {
    const keys: AppKey[] = [];
    for (const step of planSet(input).steps) {
      if (step.do === "update") {
        expect([step.before.ownedBy, step.before.isGoing]).toEqual([OURS, false]);
        expect(step.changed).not.toEqual([]);
        const { labels: _, annotations: __, finalizers: ___, ...rest } = step.app.metadata;
        const { labels: ____, annotations: _____, finalizers: ______, ...before } = step.before.app.metadata;
        expect(rest).toEqual(before);
      }
      if (step.do === "create") expect(input.existing.get(key(step.app.metadata.name))).toBeUndefined();
      keys.push(
        step.do === "create"
          ? key(step.app.metadata.name)
          : step.do === "update" || step.do === "delete"
            ? step.before.key
            : step.key,
      );
    }
    expect(keys.length).toBe(new Set(keys).size);
  });

  check("keeps what others have in the places that are left to them", (input) => {
    const left = input.set.spec.ignoreApplicationDifferences ?? [];
    for (const step of planSet(input).steps) {
      if (step.do !== "update") continue;
      const [before, after] = [step.before.app, step.app];
      if (left.some(({ jsonPointers = [] }) => jsonPointers.includes("/spec/syncPolicy")))
        expect(after.spec.syncPolicy).toEqual(before.spec.syncPolicy as never);
      if (left.some(({ jsonPointers = [] }) => jsonPointers.includes("/metadata/labels/x")))
        expect(after.metadata.labels?.["x"]).toBe(before.metadata.labels?.["x"] as string);
      const tag = (of: typeof after) =>
        of.spec.source?.helm?.parameters?.find(({ name }) => name === "tag")?.value;
      if (left.some(({ jqPathExpressions = [] }) => jqPathExpressions.some((one) => one.includes("tag"))))
        expect(tag(after)).toBe(tag(before) as string);
      const skip = "argocd.argoproj.io/skip-reconcile";
      if (before.metadata.annotations?.[skip] !== undefined)
        expect(after.metadata.annotations?.[skip]).toBeDefined();
    }
  });
});

describe("planSet() of one set again and again", () => {
  /** What happens between two plans. */
  const step = fc.oneof(
    fc.record({ is: fc.constant("edit" as const), at: fc.nat(NAMES.length - 1), variant: fc.nat(2) }),
    fc.record({ is: fc.constant("child" as const), at: fc.nat(NAMES.length - 1), variant: fc.nat(2) }),
    fc.record({ is: fc.constant("owner" as const), at: fc.nat(NAMES.length - 1), to: fc.nat(2) }),
    fc.record({ is: fc.constant("going" as const), at: fc.nat(NAMES.length - 1) }),
    fc.record({ is: fc.constant("gone" as const), at: fc.nat(NAMES.length - 1) }),
    fc.record({ is: fc.constant("unwanted" as const), at: fc.nat(NAMES.length - 1) }),
    fc.record({ is: fc.constant("turned" as const) }),
    fc.record({ is: fc.constant("carried out" as const) }),
    fc.record({ is: fc.constant("nothing" as const) }),
  );
  const owners = [OURS, undefined, setKey("argocd", "shop")];

  test("what plans before found settled changes none of what is planned", () => {
    let settledOnes = 0;
    fc.assert(
      fc.property(
        spec,
        fc.tuple(...NAMES.map((name) => fc.array(anyApp(name), { minLength: 3, maxLength: 3 }))),
        fc.array(step, { minLength: 4, maxLength: 25 }),
        (spec, variants, steps) => {
          const set = setOf(spec);
          const settled = new Settled();
          const existing = new ChildIndex();
          let wanted = generated(...variants.map(([first]) => first as Application)).applications;
          const budget = { percent: 20, count: 1 };
          for (const each of steps) {
            const at = "at" in each ? each.at : 0;
            const there = existing.get(key(NAMES[at] as string));
            const variant = "variant" in each ? variants[at]?.[each.variant] : undefined;
            if (each.is === "edit" && variant !== undefined) {
              const made = generated(variant).applications[0] as (typeof wanted)[0];
              const place = wanted.findIndex((one) => one.key === made.key);
              wanted = place < 0 ? [...wanted, made] : wanted.with(place, made);
            }
            if (each.is === "child" && variant !== undefined) existing.set(child(variant));
            if (each.is === "owner" && there !== undefined)
              existing.set({ ...there, ownedBy: owners[each.to] });
            if (each.is === "going" && there !== undefined) existing.set({ ...there, isGoing: true });
            if (each.is === "gone") existing.delete(key(NAMES[at] as string));
            if (each.is === "unwanted") wanted = wanted.filter((one) => one.key !== key(NAMES[at] as string));
            if (each.is === "turned") wanted = [...wanted.slice(1), ...wanted.slice(0, 1)];
            const now = {
              set,
              generated: { applications: wanted, problems: [], is: "whole" as const },
              existing,
              budget,
            };
            if (each.is === "carried out")
              for (const planned of planSet(now).steps) {
                if (planned.do === "create") existing.set(child(planned.app));
                if (planned.do === "update") existing.set({ ...planned.before, app: planned.app });
                if (planned.do === "delete") existing.delete(planned.before.key);
              }
            const plan = planSet({ ...now, settled });
            expect(plan).toEqual(planSet(now));
            settledOnes += plan.steps.filter((one) => one.do === "nothing").length;
          }
        },
      ),
      { numRuns: 400, seed: 12 },
    );
    expect(settledOnes).toBeGreaterThan(1_000);
  });
});
