/** Definitions that change: what a server did not know of their objects a moment ago, it may know now. */
import { expect, test } from "bun:test";
import type { KubeObject } from "../../src/core/model/kube-object.ts";
import { conditions, isSettled, type Rig, sharedRig, type World } from "../lib/engine-rig.ts";
import { crd } from "../lib/manifests.ts";

let world: World, rig: Rig;
sharedRig((...both) => {
  [world, rig] = both;
});

const GROUP = "growing.example.com";

/** @param properties of `spec`, beside the size */
function definition(kind: string, properties: Record<string, unknown> = {}): KubeObject {
  const made = crd({ group: GROUP, kind, plural: `${kind.toLowerCase()}s` });
  const spec = made["spec"] as { versions: Record<string, unknown>[] };
  const openAPIV3Schema = {
    type: "object",
    properties: { spec: { type: "object", properties: { size: { type: "integer" }, ...properties } } },
  };
  return {
    ...made,
    spec: {
      ...spec,
      versions: spec.versions.map((version) => ({ ...version, schema: { openAPIV3Schema } })),
    },
  };
}
const object = (kind: string, namespace: string, spec: object): KubeObject => ({
  apiVersion: `${GROUP}/v1`,
  kind,
  metadata: { name: "one", namespace },
  spec,
});
const specOf = async (kind: string, namespace: string): Promise<unknown> =>
  (await world.must("GET", `/apis/${GROUP}/v1/namespaces/${namespace}/${kind.toLowerCase()}s/one`))["spec"];
const text = (values: string[]) => ({ tier: { type: "string", enum: values } });

test.each([
  { name: "knows", kind: "Knows", before: {}, wanted: {} },
  { name: "permits", kind: "Permits", before: text(["hot"]), wanted: { tier: "hot" } },
])("a commit in which an object has what only its new definition $name is delivered whole", async (row) => {
  const { name, kind, before, wanted } = row;
  const files = {
    "definition.yaml": definition(kind, before),
    "object.yaml": object(kind, name, { size: 1, ...wanted }),
  };
  // In one sync: there is no self-heal that would come after.
  const repository = await rig.placeNew(name, files, { spec: { syncPolicy: { automated: {} } } });
  await rig.untilSettled(name);
  await repository.commit({
    "definition.yaml": definition(kind, text(["hot", "warm"])),
    "object.yaml": object(kind, name, { size: 1, tier: "warm" }),
  });
  await rig.refresh(name);
  const app = await rig.until(name, isSettled);
  expect(await specOf(kind, name)).toEqual({ size: 1, tier: "warm" });
  expect(app.status?.operationState?.phase).toBe("Succeeded");
  expect(conditions(app, "ManifestWarning")).toEqual([]);
});

test("a field that was left out is delivered when another application brings the definition that knows it", async () => {
  const kind = "Late";
  const definitions = await rig.placeNew("late-definitions", { "definition.yaml": definition(kind) });
  await rig.untilSettled("late-definitions");
  await rig.placeNew("late", { "object.yaml": object(kind, "late", { size: 1, tier: "warm" }) });
  const app = await rig.until("late", isSettled);
  expect(conditions(app, "ManifestWarning").join("\n")).toContain("spec.tier is not a field of");
  expect(await specOf(kind, "late")).toEqual({ size: 1 });
  await definitions.commit({ "definition.yaml": definition(kind, text(["warm"])) });
  await rig.refresh("late-definitions");
  await rig.until("late", (now) => isSettled(now) && conditions(now, "ManifestWarning").length === 0);
  expect(await specOf(kind, "late")).toEqual({ size: 1, tier: "warm" });
});
