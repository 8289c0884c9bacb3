import { expect, test } from "bun:test";
import { applyStep, desiredObject, liveObject } from "../../../test/lib/core-objects.ts";
import type { Plan, Step } from "../model/plan.ts";
import { preflight } from "./preflight.ts";

const definition = (schema: string) => ({
  apiVersion: "apiextensions.k8s.io/v1",
  kind: "CustomResourceDefinition",
  name: "gauges.example.com",
  namespace: "",
  fields: {
    spec: {
      group: "example.com",
      names: { kind: "Gauge" },
      versions: [{ name: "v1", served: true, schema }],
    },
  },
});
const gauge = { apiVersion: "example.com/v1", kind: "Gauge", name: "one" };
const planOf = (...steps: Step[]): Pick<Plan, "waves" | "onFailure"> => ({
  waves: [{ phase: "Sync", wave: 0, steps, gate: [] }],
  onFailure: [],
});
const namesOf = (steps: Iterable<Step>): string[] =>
  [...steps].map((step) => ("desired" in step ? step.desired.ref.kind : step.do));

const object = applyStep(desiredObject(gauge), liveObject(gauge));
const cases = [
  {
    name: "asks an object after its kind's schema was changed",
    wanted: "new",
    there: "old",
    after: ["Gauge"],
    redefined: ["Gauge"],
  },
  { name: "asks it at once where the schema stays", wanted: "old", there: "old", after: [], redefined: [] },
  {
    name: "asks it after its kind was made",
    wanted: "new",
    there: undefined,
    after: ["Gauge"],
    redefined: [],
  },
];
test.each(cases)("preflight() $name", ({ wanted, there, after, redefined }) => {
  const live = there === undefined ? undefined : liveObject(definition(there));
  const stages = preflight(planOf(applyStep(desiredObject(definition(wanted)), live), object));
  expect(namesOf(stages.afterNamespacesAndCrds)).toEqual(after);
  expect(namesOf(stages.redefined)).toEqual(redefined);
  expect(stages.now).toHaveLength(2 - after.length);
  if (redefined.length > 0)
    expect(stages.waitsFor.get(object)).toBe("the definition of example.com/v1 Gauge changes before it");
});
