/** config/definitions.yaml is printed from the shapes; UPDATE_GOLDEN=1 prints it anew. */
import { describe, expect, test } from "bun:test";
import { join } from "node:path";
import { parseYaml, printYaml } from "../../lib/yaml.ts";
import type { KubeObject } from "../model/kube-object.ts";
import { fields, listOf, mapOf, TEXT } from "../model/shape.ts";
import { customResourceDefinitions } from "./custom-resources.ts";
import { type Schema, schemaOf } from "./schema.ts";

const file = join(import.meta.dir, "../../../config/definitions.yaml");
const HEADER =
  "# The kinds of Holdfast, for a cluster that is the home of applications. Printed by `holdfast admin definitions`.\n";
const definitions = customResourceDefinitions();

function schemaIn(kind: string): Schema {
  const found = definitions.find(({ spec }) => (spec as Spec).names.kind === kind);
  return (found?.spec as Spec).versions[0]?.schema.openAPIV3Schema as Schema;
}
interface Spec {
  names: { kind: string; shortNames: string[] };
  versions: { schema: { openAPIV3Schema: Schema }; subresources?: object }[];
}

/** Each schema with its dotted path, lists passed over. */
function* walk(schema: Schema, path = ""): Generator<[string, Schema]> {
  yield [path, schema];
  if (schema.items !== undefined) yield* walk(schema.items, path);
  for (const [name, below] of Object.entries(schema.properties ?? {}))
    yield* walk(below, path === "" ? name : `${path}.${name}`);
}

describe("the definitions", () => {
  test("config/definitions.yaml is what the shapes say", async () => {
    const printed = HEADER + definitions.map((one) => printYaml(one)).join("---\n");
    if (process.env["UPDATE_GOLDEN"] === "1") await Bun.write(file, printed);
    expect(await Bun.file(file).text()).toBe(printed);
    expect(parseYaml(printed).documents.map(({ value }) => value as KubeObject)).toEqual(definitions);
  });

  test("no mapping of a known form loses what it does not know", () => {
    const losing = ["Application", "AppProject", "ApplicationSet"]
      .flatMap((kind) => [...walk(schemaIn(kind))])
      .filter(
        ([path, schema]) =>
          schema.type === "object" &&
          path !== "metadata" &&
          schema["x-kubernetes-preserve-unknown-fields"] !== true &&
          schema.additionalProperties === undefined,
      );
    expect(losing).toEqual([]);
  });

  test("every description stands at a field that exists", () => {
    const described = (kind: string) =>
      [...walk(schemaIn(kind))]
        .filter(([, { description }]) => description !== undefined)
        .map(([path]) => path);
    // As many as were written: one that stands nowhere would be left out in silence.
    expect(described("Application")).toHaveLength(36);
    expect(described("AppProject")).toHaveLength(11);
    expect(described("ApplicationSet")).toHaveLength(22);
  });

  test("a set is small enough for everything that a user applies it by", () => {
    const [size] = definitions
      .filter(({ metadata }) => metadata.name === "applicationsets.argoproj.io")
      .map((one) => JSON.stringify(one).length);
    // What kubectl apply notes in an annotation, without --server-side.
    expect(size).toBeLessThan(262_144);
  });

  test("generators stand within a matrix as deep as they may, and the set's own template is spelled out", () => {
    const spec = schemaIn("ApplicationSet").properties?.["spec"];
    const generator = (schema: Schema | undefined): Schema | undefined =>
      schema?.properties?.["generators"]?.items;
    const own = generator(spec);
    const below = generator(generator(own?.properties?.["matrix"])?.properties?.["merge"]);
    expect(below?.properties?.["list"]?.properties?.["elementsYaml"]).toEqual({ type: "string" });
    expect(below?.properties?.["matrix"]).toBeUndefined();
    expect(spec?.properties?.["template"]?.properties?.["spec"]?.properties?.["project"]).toEqual({
      type: "string",
    });
  });

  test("what a user knows by heart: names, short names, required fields, the request to sync", () => {
    expect(definitions.map(({ metadata }) => metadata.name)).toEqual([
      "appprojects.argoproj.io",
      "applications.argoproj.io",
      "applicationsets.argoproj.io",
    ]);
    expect((definitions[1]?.spec as Spec).names.shortNames).toEqual(["app", "apps"]);
    expect((definitions[2]?.spec as Spec).names.shortNames).toEqual(["appset", "appsets"]);
    expect(definitions.map(({ spec }) => (spec as Spec).versions[0]?.subresources)).toEqual([
      undefined,
      undefined,
      { status: {} },
    ]);
    expect(schemaIn("ApplicationSet").required).toEqual(["metadata", "spec"]);
    expect(schemaIn("ApplicationSet").properties?.["spec"]?.required).toEqual(["generators", "template"]);
    expect(schemaIn("Application").required).toEqual(["metadata", "spec"]);
    expect(
      schemaIn("Application").properties?.["operation"]?.properties?.["sync"]?.properties?.["prune"],
    ).toEqual({ type: "boolean" });
  });
});

test("a shape becomes a schema that takes what the shape takes", () => {
  expect(
    schemaOf(
      fields(
        {
          name: TEXT,
          count: { is: "text-or-integer" },
          labels: mapOf(TEXT),
          any: { is: "anything" },
          list: listOf(TEXT),
        },
        { required: ["name"], unknown: "refuse" },
      ),
      { name: "What it is called." },
    ),
  ).toEqual({
    type: "object",
    required: ["name"],
    properties: {
      name: { type: "string", description: "What it is called." },
      count: { "x-kubernetes-int-or-string": true },
      labels: { type: "object", additionalProperties: { type: "string" } },
      any: { "x-kubernetes-preserve-unknown-fields": true },
      list: { type: "array", items: { type: "string" } },
    },
    "x-kubernetes-preserve-unknown-fields": true,
  });
});
