/** What must hold at rest: each rule sees what breaks it, and passes what nobody could know. */
import { describe, expect, test } from "bun:test";
import { ANNOTATION } from "../../src/core/model/application.ts";
import type { Deed } from "./api-servers.ts";
import { manifestOf } from "./reference-model.ts";
import type { Rule } from "./safety.ts";
import { type File, type Spec, scriptOf } from "./script.ts";
import { comesWithNextTry, unsettled } from "./settling.ts";
import { Truth } from "./truth.ts";

const map: File = { slot: "map", version: 1, wave: 0, state: "good" };
const conf: File = { ...map, slot: "conf" };
const role: File = { ...map, slot: "role" };
const spec: Spec = {
  repository: "alpha",
  folder: "f1",
  cluster: "home",
  namespace: "one",
  sync: "manual",
  extras: "keep",
  project: "default",
  retries: 0,
  cascade: "objects-go",
};

/** Red wants the map alone, and has it; nothing is of blue. */
function truthOf(): Truth {
  const truth = new Truth(
    {
      ...scriptOf(1),
      files: { alpha: { f1: [map], f2: [] }, beta: { f1: [], f2: [] } },
      specs: { red: spec, blue: { ...spec, folder: "f2" } },
    },
    () => 1_000_000,
  );
  has(truth, map);
  return truth;
}

function has(truth: Truth, file: File, uid = "u1"): void {
  const object = manifestOf(file, "f1");
  const { metadata } = object;
  truth.changed(
    "home",
    {
      ...object,
      metadata: {
        ...metadata,
        uid,
        ...(file.slot === "role" ? {} : { namespace: "one" }),
        annotations: { ...metadata.annotations, [ANNOTATION.trackingId]: "red:…" },
      },
    },
    "there",
  );
}

/** A deletion of it now. */
function deletionOf({ slot }: File, truth: Truth): Deed {
  const [found] = truth
    .trackedBy("red", "home")
    .filter(({ object }) => object.metadata.name.startsWith(slot));
  return {
    cluster: "home",
    verb: "delete",
    key: found?.key ?? toBeThere(slot),
    object: undefined,
    uid: found?.object.metadata.uid,
    moment: 0,
    atMs: 0,
    operations: new Map(),
    leaving: new Set(),
  };
}

function toBeThere(slot: string): never {
  throw new Error(`red has no ${slot}`);
}

function rules(truth: Truth, sync: "Synced" | "OutOfSync"): Rule[] {
  const shown = { operation: "ended", runningMs: 0, isGoing: false } as const;
  return unsettled(
    truth,
    new Map([
      ["red", { ...shown, sync }],
      ["blue", { ...shown, sync: "Synced" }],
    ]),
  ).map(({ rule }) => rule);
}

describe("wrong-status", () => {
  test("is Synced with something left, or OutOfSync with nothing", () => {
    const truth = truthOf();
    expect([rules(truth, "Synced"), rules(truth, "OutOfSync")]).toEqual([[], ["wrong-status"]]);
    has(truth, role);
    expect([rules(truth, "Synced"), rules(truth, "OutOfSync")]).toEqual([["wrong-status"], []]);
  });
  test.each([["moved", { ...spec, cluster: "east" }] as const, ["went", undefined] as const])(
    "is not said of what was left behind when it %s, and is of a kind that Git does not want",
    (_, away) => {
      const truth = truthOf();
      has(truth, role);
      truth.note(truth.specs.red, away);
      truth.note(truth.specs.red, spec);
      expect([rules(truth, "Synced"), rules(truth, "OutOfSync")]).toEqual([[], []]);
      has(truth, role, "made since");
      expect([rules(truth, "Synced"), rules(truth, "OutOfSync")]).toEqual([["wrong-status"], []]);
    },
  );
  test("is said of what was left behind and is of a kind that Git wants", () => {
    const truth = truthOf();
    has(truth, conf);
    truth.note(truth.specs.red, { ...spec, cluster: "east" });
    truth.note(truth.specs.red, spec);
    expect(rules(truth, "Synced")).toEqual(["wrong-status"]);
  });
  test("is not said of what a write that was under way made when it had moved", () => {
    const truth = truthOf();
    truth.note(truth.specs.red, { ...spec, cluster: "east" });
    has(truth, role);
    truth.note(truth.specs.red, spec);
    expect(rules(truth, "Synced")).toEqual([]);
  });
});

describe("comesWithNextTry()", () => {
  const work: File = { ...map, slot: "work", state: "broken" };

  /** Red wants the Deployment beside the map, and has a ConfigMap that it does not want. */
  function tried(red: Partial<Spec>, file: File): Truth {
    const truth = truthOf();
    truth.note(truth.specs.red, { ...spec, ...red });
    truth.note(truth.commits.alpha, {
      index: 1,
      sha: "",
      tree: { ...truth.commits.alpha.now.tree, f1: [map, file] },
    });
    has(truth, conf);
    return truth;
  }

  const automated: Partial<Spec> = { sync: "automated", extras: "prune" };
  test.each([
    ["of what Git does not want, while a wave stays unhealthy", automated, work, conf, true],
    ["of what Git wants", automated, work, map, false],
    ["where every wave can be healthy", automated, { ...work, state: "good" }, conf, false],
    ["where nothing is pruned", { sync: "automated", extras: "keep" }, work, conf, false],
    ["where a person syncs", { sync: "manual", extras: "prune" }, work, conf, false],
  ] satisfies [string, Partial<Spec>, File, File, boolean][])("a deletion %s", (_, red, file, what, is) => {
    const truth = tried(red, file);
    const deed = deletionOf(what, truth);
    expect(comesWithNextTry(deed, truth)).toBe(is);
    expect(comesWithNextTry({ ...deed, verb: "apply" }, truth)).toBe(false);
  });
});
