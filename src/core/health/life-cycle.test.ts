import { describe, expect, test } from "bun:test";
import { join } from "node:path";
import { defined } from "../../lib/defined.ts";
import type { HealthStatus } from "../model/health.ts";
import type { KubeObject } from "../model/kube-object.ts";
import { healthOf } from "./health-of.ts";
import { type LifeCycle, lifeCycles, type State } from "./testdata/life-cycles.ts";
import { lifeCyclesOfConventions } from "./testdata/life-cycles-of-conventions.ts";
import { lifeCyclesOfGroups } from "./testdata/life-cycles-of-groups.ts";

const golden = join(import.meta.dir, "..", "..", "..", "test", "golden", "health", "life-cycles.txt");

interface Moment {
  name: string;
  object: KubeObject;
  want: HealthStatus | "none";
}

function make(kind: string, { status, spec, metadata }: State, more: object = {}): KubeObject {
  const [apiVersion = "", name = ""] = kind.split(" ");
  return {
    apiVersion,
    kind: name,
    metadata: { name: "it", ...metadata, ...more },
    ...defined({ spec, status }),
  };
}

/** The same state, but the object has changed since the controller looked. */
function stale(kind: string, state: State, generation: "status" | "conditions"): KubeObject {
  if (generation === "status")
    return make(kind, { ...state, status: { ...state.status, observedGeneration: 1 } }, { generation: 2 });
  const conditions = (state.status?.["conditions"] as object[]).map((condition) => ({
    ...condition,
    observedGeneration: 1,
  }));
  return make(kind, { ...state, status: { ...state.status, conditions } }, { generation: 2 });
}

function moments(life: LifeCycle, kind: string): Moment[] {
  const each = (name: string, states: readonly State[], want: HealthStatus) =>
    states.map((state, index) => ({
      name: states.length > 1 ? `${name} ${index + 1}` : name,
      object: make(kind, state),
      want,
    }));
  const [done] = life.ready;
  const generation = life.generation ?? "status";
  return [
    {
      name: "created",
      object: make(kind, life.created ?? {}),
      want: life.created === undefined ? "Progressing" : "none",
    },
    ...each("progressing", life.progressing, "Progressing"),
    ...each("ready", life.ready, "Healthy"),
    ...(done === undefined || generation === "none"
      ? []
      : [{ name: "stale", object: stale(kind, done, generation), want: "Progressing" as const }]),
    ...each("failed", life.failed, "Degraded"),
    ...each("suspended", life.suspended ?? [], "Suspended"),
    ...each("missing", life.missing ?? [], "Missing"),
    ...each("unknown", life.unknown ?? [], "Unknown"),
    ...(done === undefined
      ? []
      : [
          {
            name: "being deleted",
            object: make(kind, done, {
              deletionTimestamp: "2026-01-01T00:00:00Z",
              finalizers: ["example.org/hold"],
            }),
            want: "Progressing" as const,
          },
        ]),
  ];
}

const all = [...lifeCycles, ...lifeCyclesOfConventions, ...lifeCyclesOfGroups].flatMap((life) =>
  life.kinds.map((kind) => ({ family: life.family, kind, moments: moments(life, kind) })),
);

describe("healthOf() through the life of", () => {
  describe.each(all)("$family: $kind", ({ moments }) => {
    test.each(moments)("$name is $want", ({ object, want }) => {
      const { health, because } = healthOf(object);
      expect({ status: health?.status ?? "none", because }).toEqual({ status: want, because });
    });
  });

  // The sentences, for review: UPDATE_GOLDEN=1 writes them anew.
  test("every family says the sentences of test/golden/health/life-cycles.txt", async () => {
    const lines = all.flatMap(({ family, kind, moments }) => [
      `# ${family}: ${kind}`,
      ...moments.map(({ name, object }) => {
        const { health, rule, because } = healthOf(object);
        return `${name}: ${health?.status ?? "none"} | ${health?.message ?? ""} | ${rule}: ${because}`;
      }),
    ]);
    const text = `${lines.join("\n")}\n`;
    if (Bun.env["UPDATE_GOLDEN"] === "1") await Bun.write(golden, text);
    expect(text).toBe(await Bun.file(golden).text());
  });
});
