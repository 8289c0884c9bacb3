import { describe } from "bun:test";
import { extra } from "../../../test/lib/core-objects.ts";
import {
  approvedApp,
  CRD,
  kept,
  named,
  options,
  some,
  testVerdicts,
} from "../../../test/lib/prune-verdicts.ts";
import type { Difference } from "../model/comparison.ts";
import { DEFAULT_GUARDS } from "./guard-input.ts";

describe("guards of one object", () => {
  testVerdicts([
    {
      name: "leaves what cannot be seen now, whoever approved",
      input: {
        differences: [
          kept,
          { ...extra({ name: "blind" }), unseen: "ConfigMap cannot be listed" },
          ...some(1),
        ],
        app: approvedApp("2026-01-01T11:00:00Z"),
      },
      allowed: 1,
      guards: ["unseen"],
      says: /cannot be seen: ConfigMap cannot be listed/,
    },
    {
      name: "keeps Prune=false of the live object",
      input: { differences: [kept, extra(named("a", options("Prune=false")))] },
      allowed: 0,
      guards: ["disabled"],
      says: /Prune=false says so/,
    },
    {
      name: "keeps helm's keep",
      input: {
        differences: [kept, extra(named("a", { annotations: { "helm.sh/resource-policy": "keep" } }))],
      },
      allowed: 0,
      guards: ["disabled"],
    },
    {
      name: "keeps Flux's disabled",
      input: {
        differences: [
          kept,
          extra(named("a", { annotations: { "kustomize.toolkit.fluxcd.io/prune": "disabled" } })),
        ],
      },
      allowed: 0,
      guards: ["disabled"],
    },
    {
      name: "keeps what the project does not permit",
      input: {
        differences: [kept, ...some(1)],
        denied: new Map([[(some(1)[0] as Difference).key, "kind ConfigMap is not permitted in project x"]]),
      },
      allowed: 0,
      guards: ["disabled"],
      says: /not permitted in project x/,
    },
    {
      name: "never deletes its own namespace",
      input: {
        differences: [
          kept,
          extra({ kind: "Namespace", name: "holdfast", namespace: "", ...options("Prune=true") }),
        ],
        guards: { ...DEFAULT_GUARDS, protectedNamespaces: new Set(["holdfast"]) },
      },
      allowed: 0,
      guards: ["disabled"],
      says: /Holdfast itself/,
    },
    {
      name: "never deletes the definition that applications live in",
      input: {
        differences: [kept, extra({ ...CRD, name: "applications.argoproj.io", ...options("Prune=true") })],
      },
      allowed: 0,
      guards: ["disabled"],
    },
    {
      name: "deletes nothing without a record",
      input: { differences: [kept, extra(named("a"), "unrecorded")] },
      allowed: 0,
      guards: ["unrecorded"],
      says: /name it: holdfast app sync argocd\/shop --prune --resource :ConfigMap:default\/a$/,
    },
    {
      name: "deletes an unrecorded object that a person names",
      input: {
        differences: [kept, extra(named("a"), "unrecorded")],
        asked: "by-person",
        request: { prune: true, resources: [{ kind: "ConfigMap", name: "a", namespace: "default" }] },
      },
      allowed: 1,
      guards: [],
    },
    {
      name: "not one that a person's glob means",
      input: {
        differences: [kept, extra(named("a"), "unrecorded")],
        asked: "by-person",
        request: { prune: true, resources: [{ kind: "ConfigMap", name: "*" }] },
      },
      allowed: 0,
      guards: ["unrecorded"],
    },
    {
      name: "not one that a self-heal names",
      input: {
        differences: [kept, extra(named("a"), "unrecorded")],
        request: { prune: true, resources: [{ kind: "ConfigMap", name: "a" }] },
      },
      allowed: 0,
      guards: ["unrecorded"],
    },
  ]);
});
