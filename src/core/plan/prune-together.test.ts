import { describe } from "bun:test";
import {
  application,
  desiredObject,
  extra,
  liveObject,
  missing,
  paired,
  type Sketch,
} from "../../../test/lib/core-objects.ts";
import {
  approvedApp,
  kept,
  named,
  options,
  SPACE,
  some,
  testVerdicts,
} from "../../../test/lib/prune-verdicts.ts";
import type { AppKey } from "../model/application.ts";
import type { Difference } from "../model/comparison.ts";
import type { Guard } from "../model/plan.ts";
import { DEFAULT_GUARDS } from "./guard-input.ts";

const foreign: Difference = {
  is: "foreign",
  key: desiredObject(SPACE).key,
  desired: desiredObject(SPACE),
  live: liveObject(SPACE),
  owner: "other",
};
const CHILD: Sketch = { apiVersion: "argoproj.io/v1alpha1", kind: "Application", namespace: "argocd" };
const space = (name: string, more: Sketch = options("Prune=true")): Difference =>
  extra({ ...SPACE, name, ...more });

describe("guards of all that would go together", () => {
  testVerdicts([
    {
      name: "does not take an object that Git keeps by a mark of others for one that it wants",
      input: {
        differences: [
          missing({ name: "kept", annotations: { "helm.sh/resource-policy": "keep" } }),
          ...some(1),
        ],
      },
      allowed: 0,
      guards: ["empty"],
    },
    {
      name: "blocks an empty render",
      input: { differences: some(2) },
      allowed: 0,
      guards: ["empty", "empty"],
      says: /all 2 of its objects would be deleted.*--confirm 2/,
    },
    {
      name: "blocks the deletion of the last object",
      input: { differences: some(1) },
      allowed: 0,
      guards: ["empty"],
      says: /its last object would be deleted/,
    },
    {
      name: "lets an empty render through with allowEmpty",
      input: { differences: some(2), app: application({ syncPolicy: { automated: { allowEmpty: true } } }) },
      allowed: 2,
      guards: [],
    },
    {
      name: "does not count kept objects as wanted ones",
      input: { differences: [paired("same", named("k"), named("k", options("Prune=false"))), ...some(1)] },
      allowed: 0,
      guards: ["empty"],
    },
    {
      name: "does not count other people's objects as wanted ones",
      input: {
        differences: [
          {
            is: "foreign",
            key: desiredObject(named("f")).key,
            desired: desiredObject(named("f")),
            live: liveObject(named("f")),
            owner: "x",
          },
          ...some(1),
        ],
      },
      allowed: 0,
      guards: ["empty"],
    },
    {
      name: "permits 5 deletions of 6 objects",
      input: { differences: [kept, ...some(5)] },
      allowed: 5,
      guards: [],
    },
    {
      name: "stops 6 deletions of 7 objects",
      input: { differences: [kept, ...some(6)] },
      allowed: 0,
      guards: Array<Guard>(6).fill("budget"),
      says: /6 of 7 objects.*more than 50 %.*--confirm 6/,
    },
    {
      name: "permits 6 deletions of 12 objects",
      input: {
        differences: [...Array.from({ length: 6 }, (_, at) => paired("same", named(`k${at}`))), ...some(6)],
      },
      allowed: 6,
      guards: [],
    },
    {
      name: "does not count objects that are only wanted as present",
      input: {
        differences: [...Array.from({ length: 20 }, (_, at) => missing(named(`m${at}`))), ...some(6)],
      },
      allowed: 0,
      guards: Array<Guard>(6).fill("budget"),
    },
    {
      name: "does not count what was made since it was seen that these are to go",
      input: {
        differences: [...Array.from({ length: 20 }, (_, at) => paired("same", named(`k${at}`))), ...some(6)],
        presentBefore: 1,
      },
      allowed: 0,
      guards: Array<Guard>(6).fill("budget"),
      says: /6 of 7 objects/,
    },
    {
      name: "has the budget that settings say",
      input: {
        differences: [kept, ...some(2)],
        guards: { ...DEFAULT_GUARDS, budget: { percent: 10, count: 1 } },
      },
      allowed: 0,
      guards: ["budget", "budget"],
    },
    {
      name: "counts applications for themselves, each of which takes objects along",
      input: {
        differences: [
          kept,
          ...Array.from({ length: 20 }, (_, at) => paired("same", { ...CHILD, name: `k${at}` })),
          ...some(6, CHILD),
        ],
      },
      allowed: 0,
      guards: Array<Guard>(6).fill("budget"),
      says: /6 of the 26 applications that this one renders would be deleted with their objects.*more than 20 % and more than 5.*--confirm 6/,
    },
    {
      name: "counts with an application those that it renders itself",
      input: {
        differences: [kept, paired("same", { ...CHILD, name: "stays" }), ...some(1, CHILD)],
        along: ({ ref }) =>
          ref.name === "stays"
            ? []
            : (["argocd/a", "argocd/b", "argocd/c", "argocd/d", "argocd/e"] as AppKey[]),
      },
      allowed: 0,
      guards: ["budget"],
      says: /6 of the 7 applications that this one renders, or that these render, would be deleted with their objects.*--confirm 1$/,
    },
    {
      name: "counts with an ApplicationSet those that it made",
      input: {
        differences: [kept, ...some(1, { ...CHILD, kind: "ApplicationSet" })],
        along: () => Array.from({ length: 200 }, (_, at) => `argocd/made-${at}` as AppKey),
      },
      allowed: 0,
      guards: ["budget"],
      says: /200 of the 200 applications that this one renders, or that these render, would be deleted/,
    },
    {
      name: "counts them on both sides",
      input: {
        differences: [kept, paired("same", { ...CHILD, name: "stays" }), ...some(1, CHILD)],
        along: ({ ref }) =>
          Array.from(
            { length: ref.name === "stays" ? 25 : 5 },
            (_, at) => `argocd/${ref.name}-${at}` as AppKey,
          ),
      },
      allowed: 1,
      guards: [],
    },
    {
      name: "lets few applications go, and few of many",
      input: {
        differences: [
          ...Array.from({ length: 24 }, (_, at) => paired("same", { ...CHILD, name: `k${at}` })),
          ...some(6, CHILD),
        ],
      },
      allowed: 6,
      guards: [],
    },
    {
      name: "has the budget of applications that settings say",
      input: {
        differences: [paired("same", { ...CHILD, name: "stays" }), ...some(2, CHILD)],
        guards: { ...DEFAULT_GUARDS, applications: { percent: 10, count: 1 } },
      },
      allowed: 0,
      guards: ["budget", "budget"],
    },
    {
      name: "stops the last two Namespaces together, and all else with them, with allowEmpty and Prune=true",
      input: {
        differences: [kept, space("a"), space("b"), ...some(1)],
        app: application({ syncPolicy: { automated: { allowEmpty: true } } }),
      },
      allowed: 0,
      guards: ["namespaces", "namespaces", "namespaces"],
      says: /none of this application's 2 Namespaces any more \(a, b\).*Nothing was deleted.*--confirm 3/,
    },
    {
      name: "lets a single Namespace go, as the last of several",
      input: { differences: [kept, space("a")] },
      allowed: 1,
      guards: [],
    },
    {
      name: "lets two Namespaces go while a third is wanted",
      input: { differences: [paired("same", SPACE), space("a"), space("b")] },
      allowed: 2,
      guards: [],
    },
    {
      name: "lets two Namespaces go while a third is still to be made",
      input: { differences: [missing(SPACE), space("a"), space("b")] },
      allowed: 2,
      guards: [],
    },
    {
      name: "takes no Namespace that stays anyway for one that Git wants",
      input: {
        differences: [kept, paired("same", { ...SPACE, ...options("Prune=false") }), space("a"), space("b")],
      },
      allowed: 0,
      guards: ["namespaces", "namespaces"],
    },
    {
      name: "takes no Namespace of another application for one that is left",
      input: { differences: [foreign, kept, space("a"), space("b")] },
      allowed: 0,
      guards: ["namespaces", "namespaces"],
    },
    {
      name: "lets Namespaces go one after the other, as a person names them",
      input: {
        differences: [kept, space("a"), space("b"), space("c")],
        request: {
          prune: true,
          resources: [
            { kind: "Namespace", name: "a" },
            { kind: "Namespace", name: "b" },
          ],
        },
      },
      allowed: 2,
      guards: [],
    },
    {
      name: "takes no Namespace that a sync of everything would leave for one that is left",
      input: {
        differences: [
          kept,
          space("a"),
          space("b"),
          space("c", options("Prune=false")),
          extra({ ...SPACE, name: "d" }, "unrecorded"),
        ],
        request: {
          prune: true,
          resources: [
            { kind: "Namespace", name: "a" },
            { kind: "Namespace", name: "b" },
          ],
        },
      },
      allowed: 0,
      guards: ["namespaces", "namespaces"],
    },
    {
      name: "lets all Namespaces go that a person approved of",
      input: {
        differences: [kept, space("a"), space("b")],
        app: approvedApp("2026-01-01T11:00:00Z"),
      },
      allowed: 2,
      guards: [],
    },
  ]);
});
