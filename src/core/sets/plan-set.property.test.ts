import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import type { AppKey } from "../model/application.ts";
import { type ApplicationSetSpec, type SetKey, setKey } from "../model/application-set.ts";
import type { ExistingChild } from "./existing-child.ts";
import { planSet, type SetPlanInput } from "./plan-set.ts";
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
          going: fc.constantFrom(false, false, false, true),
        })
        .map((more): ExistingChild => child(one, more)),
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
    ({ wanted, is, ...given }): SetPlanInput => ({
      set: setOf(given.spec),
      generated: is === "part" ? part(generated(...wanted)) : generated(...wanted),
      existing: byKey(given.existing),
      budget: given.budget,
      approved: { keys: given.approved.map(key) },
    }),
  );

/** What is there once the plan is carried out, and all that was going is gone. */
function carriedOut(input: SetPlanInput): Map<AppKey, ExistingChild> {
  const after = new Map([...input.existing].filter(([, { going }]) => !going));
  for (const step of planSet(input).steps) {
    if (step.do === "create") after.set(key(step.app.metadata.name), child(structuredClone(step.app)));
    if (step.do === "update") after.set(step.before.key, { ...step.before, app: structuredClone(step.app) });
    if (step.do === "delete") after.delete(step.before.key);
  }
  return after;
}

describe("planSet() of anything", () => {
  const check = (name: string, holds: (input: SetPlanInput) => void) =>
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
        expect([before.ownedBy, before.going]).toEqual([OURS, false]);
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
        expect([step.before.ownedBy, step.before.going]).toEqual([OURS, false]);
        expect(step.changed).not.toEqual([]);
        const { labels: _, annotations: __, finalizers: ___, ...rest } = step.app.metadata;
        const { labels: ____, annotations: _____, finalizers: ______, ...before } = step.before.app.metadata;
        expect(rest).toEqual(before);
      }
      if (step.do === "create") expect(input.existing.has(key(step.app.metadata.name))).toBe(false);
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
