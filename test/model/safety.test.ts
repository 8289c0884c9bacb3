/** The model's own eye: each rule sees what breaks it, and passes what does not. */

import { describe, expect, test } from "bun:test";
import { ANNOTATION } from "../../src/core/model/application.ts";
import type { HealthStatus } from "../../src/core/model/health.ts";
import type { KubeObject } from "../../src/core/model/kube-object.ts";
import { refKey, refOf } from "../../src/core/model/object-ref.ts";
import type { SyncRequest } from "../../src/core/model/operation.ts";
import { defined } from "../../src/lib/defined.ts";
import type { Deed } from "./api-servers.ts";
import { History } from "./history.ts";
import { manifestOf } from "./reference-model.ts";
import { judgeDeed } from "./safety.ts";
import { type File, type Script, type Spec, scriptOf } from "./script.ts";
import { shaOf, Truth } from "./truth.ts";

const spec: Spec = {
  repository: "alpha",
  folder: "f1",
  cluster: "home",
  namespace: "one",
  sync: "self-heal",
  extras: "prune",
  project: "default",
  retries: 0,
  cascade: "objects-go",
};
const map: File = { slot: "map", version: 1, wave: 1, state: "good" };
const task: File = { slot: "task", version: 1, wave: 0, state: "good" };
const orb: File = { slot: "orb", version: 1, wave: 0, state: "good" };

let nowMs = 1_000_000;

function truthOf(files: File[]): Truth {
  const script: Script = {
    ...scriptOf(1),
    files: { alpha: { f1: files, f2: [] }, beta: { f1: [], f2: [] } },
    specs: { red: spec, blue: { ...spec, folder: "f2" } },
  };
  const truth = new Truth(script, () => nowMs);
  truth.operations.set("red", {
    began: truth.next(),
    state: { phase: "Running", message: "", startedAt: "", operation: { sync: { prune: true } } },
  });
  return truth;
}

/** As the daemon would send it. @param namespace undefined: without one */
function sent(file: File, namespace: string | undefined, app = "red"): KubeObject {
  const object = manifestOf(file, "f1");
  const { metadata } = object;
  return {
    ...object,
    metadata: {
      ...metadata,
      ...defined({ namespace }),
      annotations: { ...metadata.annotations, [ANNOTATION.trackingId]: `${app}:…` },
    },
  };
}

function live(truth: Truth, object: KubeObject, more: Record<string, unknown> = {}): KubeObject {
  const whole: KubeObject = {
    ...object,
    ...more,
    metadata: {
      ...object.metadata,
      uid: "u1",
      managedFields: [{ manager: "holdfast", operation: "Apply", apiVersion: object.apiVersion }],
    },
  };
  truth.changed("home", whole, "there");
  return whole;
}

function deed(truth: Truth, verb: Deed["verb"], object: KubeObject): Deed {
  return {
    cluster: "home",
    verb,
    key: refKey(refOf(object)),
    object: verb === "delete" ? undefined : object,
    uid: verb === "delete" ? "u1" : undefined,
    moment: truth.next(),
    atMs: nowMs,
    operations: new Map(truth.operations),
    leaving: new Set((["red", "blue"] as const).filter((app) => truth.specs[app].now === undefined)),
  };
}

const rules = (truth: Truth, verb: Deed["verb"], object: KubeObject): string[] =>
  judgeDeed(deed(truth, verb, object), truth).map(({ rule }) => rule);

describe("judgeDeed()", () => {
  test("passes what the spec and the commit want", () => {
    expect(rules(truthOf([map]), "apply", sent(map, "one"))).toEqual([]);
  });
  test("sees what only a replaced spec wants", () => {
    const truth = truthOf([map]);
    truth.note(truth.specs.red, { ...spec, namespace: "two" });
    expect(rules(truth, "apply", sent(map, "one"))).toEqual(["replaced-spec"]);
  });
  test("passes a commit that came after the operation began, sees one that was left behind before", () => {
    const truth = truthOf([map]);
    const newer = { ...map, version: 2 };
    truth.note(truth.commits.alpha, { index: 1, sha: shaOf("alpha", 1), tree: { f1: [newer], f2: [] } });
    expect(rules(truth, "apply", sent(map, "one"))).toEqual([]);
    expect(rules(truth, "apply", sent(newer, "one"))).toEqual([]);
    truth.note(truth.rendered.red, { repository: "alpha", index: 1 });
    const began = truth.next();
    const operation = truth.operations.get("red");
    if (operation !== undefined) truth.operations.set("red", { ...operation, began });
    expect(rules(truth, "apply", sent(map, "one"))).toEqual(["older-commit"]);
  });
  test("sees a scope that is guessed, also where the kind is not served", () => {
    const truth = truthOf([orb]);
    expect(rules(truth, "apply", sent(orb, "one"))).toEqual(["guessed-scope"]);
    truth.note(truth.orbs.home, "Cluster");
    expect(rules(truth, "apply", sent(orb, "one"))).toEqual(["guessed-scope"]);
    expect(rules(truth, "apply", sent(orb, undefined))).toEqual([]);
  });
  test("sees a wave that is written before the one before it is healthy", () => {
    const truth = truthOf([task, map]);
    expect(rules(truth, "apply", sent(map, "one"))).toEqual(["gate"]);
    live(truth, sent(task, "one"), { status: {} });
    expect(rules(truth, "apply", sent(map, "one"))).toEqual(["gate"]);
    live(truth, sent(task, "one"), { status: { conditions: [{ type: "Complete", status: "True" }] } });
    expect(rules(truth, "apply", sent(map, "one"))).toEqual([]);
  });
  test("goes by what a user's check says, and by what was so a while ago no more", () => {
    const truth = truthOf([
      { ...map, wave: 0 },
      { ...map, slot: "conf" },
    ]);
    live(truth, sent({ ...map, wave: 0 }, "one"));
    truth.judged.set("map-f1", new History<HealthStatus | undefined>("Healthy"));
    const judged = truth.judged.get("map-f1");
    if (judged !== undefined) truth.note(judged, "Progressing");
    const conf = sent({ ...map, slot: "conf" }, "one");
    expect(rules(truth, "apply", conf)).toEqual([]);
    nowMs += 120_000;
    expect(rules(truth, "apply", conf)).toEqual(["gate"]);
  });
  test("sees what no operation writes, and what is written for an application that was removed", () => {
    const truth = truthOf([map]);
    truth.operations.clear();
    expect(rules(truth, "apply", sent(map, "one"))).toEqual(["no-operation"]);
    truth.note(truth.specs.red, undefined);
    expect(rules(truth, "apply", sent(map, "one"))).toEqual(["nobody"]);
  });
  test("sees what is written, or pruned, by itself and for a spec that says otherwise", () => {
    const truth = truthOf([map]);
    const operation = { sync: { prune: true }, initiatedBy: { automated: true } };
    const state = { phase: "Running", message: "", startedAt: "", operation } as const;
    truth.operations.set("red", { began: truth.next(), state });
    expect(rules(truth, "apply", sent(map, "one"))).toEqual([]);
    const conf: File = { ...map, slot: "conf" };
    live(truth, sent(conf, "one"));
    expect(rules(truth, "delete", sent(conf, "one"))).toEqual([]);
    truth.note(truth.specs.red, { ...spec, sync: "manual" });
    expect(rules(truth, "apply", sent(map, "one"))).toEqual(["unasked"]);
    expect(rules(truth, "delete", sent(conf, "one"))).toEqual(["pruned-unasked"]);
    truth.note(truth.specs.red, { ...spec, extras: "keep" });
    expect(rules(truth, "delete", sent(conf, "one"))).toEqual(["pruned-unasked"]);
  });
  test("sees what a dry run, or a sync of other objects, writes or deletes", () => {
    const asked = (sync: SyncRequest): Truth => {
      const truth = truthOf([map]);
      const state = { phase: "Running", message: "", startedAt: "", operation: { sync } } as const;
      truth.operations.set("red", { began: truth.next(), state });
      live(truth, sent({ ...map, slot: "conf" }, "one"));
      return truth;
    };
    const both = (truth: Truth) => [
      rules(truth, "apply", sent(map, "one")),
      rules(truth, "delete", sent({ ...map, slot: "conf" }, "one")),
    ];
    expect(both(asked({ prune: true, dryRun: true }))).toEqual([["unasked"], ["pruned-unasked"]]);
    const resources = [{ group: "", kind: "ConfigMap", name: "map-f1" }];
    expect(both(asked({ prune: true, resources }))).toEqual([[], ["pruned-unasked"]]);
    const others = [{ group: "", kind: "ConfigMap", name: "conf-f1" }];
    expect(both(asked({ prune: true, resources: others }))).toEqual([["unasked"], []]);
  });
  test("lets a part that a person chose wait for itself alone, and no heal", () => {
    const truth = truthOf([task, map]);
    const resources = [{ group: "", kind: "ConfigMap", name: "map-f1" }];
    const by = (automated: boolean) => {
      const operation = { sync: { resources }, ...(automated ? { initiatedBy: { automated } } : {}) };
      const state = { phase: "Running", message: "", startedAt: "", operation } as const;
      truth.operations.set("red", { began: truth.next(), state });
      return rules(truth, "apply", sent(map, "one"));
    };
    expect([by(false), by(true)]).toEqual([[], ["gate"]]);
  });
  test("sees a delete of what is wanted, by the application itself or by another", () => {
    const truth = truthOf([map]);
    live(truth, sent(map, "one"));
    expect(rules(truth, "delete", sent(map, "one"))).toEqual(["pruned-wanted"]);
    truth.note(truth.specs.red, { ...spec, folder: "f2" });
    expect(rules(truth, "delete", sent(map, "one"))).toEqual([]);
    truth.note(truth.specs.blue, spec);
    expect(rules(truth, "delete", sent(map, "one"))).toEqual(["pruned-for-another"]);
  });
  test("judges a delete by whose the object was when it was sent", () => {
    const truth = truthOf([]);
    live(truth, sent(map, "one"));
    truth.note(truth.specs.blue, { ...spec, folder: "f2", extras: "keep" });
    const onItsWay = deed(truth, "delete", sent(map, "one"));
    live(truth, sent(map, "one", "blue"));
    expect(judgeDeed(onItsWay, truth)).toEqual([]);
    expect(rules(truth, "delete", sent(map, "one"))).toEqual(["pruned-unasked"]);
  });
  test("sees a delete that nobody asked for, of what is not ours, or of what this sync made", () => {
    const truth = truthOf([]);
    const object = live(truth, sent(map, "one"));
    truth.made.set("u1", truth.next());
    expect(rules(truth, "delete", object)).toEqual(["made-and-deleted"]);
    truth.made.clear();
    truth.note(truth.specs.red, { ...spec, sync: "manual" });
    truth.operations.clear();
    expect(rules(truth, "delete", object)).toEqual(["pruned-unasked"]);
    truth.changed("home", { ...object, metadata: { ...object.metadata, managedFields: [] } }, "there");
    expect(rules(truth, "delete", object)).toEqual(["not-ours", "pruned-unasked"]);
  });
  test("asks the project at each write and each delete", () => {
    const truth = truthOf([map]);
    truth.note(truth.specs.red, { ...spec, project: "team" });
    expect(rules(truth, "apply", sent(map, "one"))).toEqual([]);
    truth.note(truth.limits, { repositories: "all", namespaces: "one", clusterKinds: "none" });
    expect(rules(truth, "apply", sent(map, "one"))).toEqual([]);
    const role: File = { slot: "role", version: 1, wave: 0, state: "good" };
    live(truth, sent(role, undefined));
    expect(rules(truth, "delete", sent(role, undefined))).toEqual(["project"]);
  });
});
