import { expect, test } from "bun:test";
import type { Application } from "../../core/model/application.ts";
import type { Origin } from "./origin-words.ts";
import { policyOf } from "./policy-words.ts";

const BY_SET = { initiatedBy: { username: "applicationset-controller", automated: true } };
const BY_NAMESAKE = { initiatedBy: { username: "applicationset-controller" } };
const SET = { from: "parent", set: "argocd/paper" } as Origin;
const of = (automated: object | undefined, operation: object = {}): Application =>
  ({ spec: { syncPolicy: { automated } }, status: { operationState: { operation } } }) as Application;

test.each<[string, Application, Origin | undefined, string]>([
  ["by itself", of({}), SET, "synced automatically"],
  ["by hand", of(undefined), undefined, "synced by hand"],
  ["paused", of({ enabled: false }), undefined, "automated sync is paused"],
  ["by the rollout of its set", of({ enabled: false }, BY_SET), SET, "synced by ApplicationSet argocd/paper"],
  ["paused, of a set that rolls nothing out", of({ enabled: false }), SET, "automated sync is paused"],
  [
    "paused, of a set, and synced by a namesake",
    of({ enabled: false }, BY_NAMESAKE),
    SET,
    "automated sync is paused",
  ],
])("policyOf() %s", (_, app, origin, want) => {
  expect(policyOf(app, origin)).toBe(want);
});
