import { describe, expect, test } from "bun:test";
import type { RenderedDocument } from "../model/desired-object.ts";
import { parseManifests } from "./parse-manifests.ts";

const object = (at: number): string => `apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a${at}}\n`;
const objects = (count: number): string => Array.from({ length: count }, (_, at) => object(at)).join("---\n");
const list = (count: number): string =>
  `apiVersion: v1\nkind: List\nitems:\n${Array.from({ length: count }, (_, at) => `- {apiVersion: v1, kind: ConfigMap, metadata: {name: a${at}}}\n`).join("")}`;
const file = (text: string, name = "a.yaml", onParseError?: RenderedDocument["onParseError"]) => ({
  text,
  file: name,
  line: 1,
  ...(onParseError === undefined ? {} : { onParseError }),
});
const parse = (documents: readonly RenderedDocument[], mostObjects = 10) =>
  parseManifests([{ source: 0, documents }], { validate: "repair", mostObjects });

describe("parseManifests() limits", () => {
  test.each([
    { name: "in one file", documents: [file(objects(11))] },
    { name: "in several", documents: [file(objects(6)), file(objects(5), "b.yaml")] },
    { name: "in a list", documents: [file(list(11))] },
    { name: "in far more documents than that", documents: [file(objects(5_000))] },
  ])("refuses more objects than an application may have, $name", ({ documents }) => {
    expect(parse(documents).problems).toEqual([
      {
        severity: "error",
        file: documents.at(-1)!.file,
        text: "with this file the application has more than 10 objects",
        fix: "Split it, or raise limits.objectsPerApplication in the config",
      },
    ]);
  });

  test.each([
    { name: "as many as it may have", documents: [file(objects(10))] },
    {
      name: "templates that print nothing beside them",
      documents: [file("null\n---\n".repeat(900) + objects(10))],
    },
  ])("takes $name", ({ documents }) => {
    expect(parse(documents)).toMatchObject({ problems: [], manifests: { length: 10 } });
  });

  test("refuses more text than all of an application's objects could be", () => {
    const half = `# ${"x".repeat(17 * 1024 * 1024)}\n`;
    expect(parse([file(half), file(half, "b.yaml")]).problems).toMatchObject([
      { file: "b.yaml", text: "with this file the application has more than 32 MiB of manifests" },
    ]);
  });

  test("refuses more values than that, in whatever number of files", () => {
    const many = Array.from({ length: 24 }, (_, at) =>
      file(`${object(at)}data: [${"1,".repeat(90_000)}1]\n`, `${at}.yaml`),
    );
    const [problem] = parse(many, 100).problems.filter(({ severity }) => severity === "error");
    expect(problem?.text).toBe("with this file the application has more than 2000000 values");
  });

  test("a neighbour with too many documents that never was a manifest is left out", () => {
    const { manifests, problems, leftOut } = parse([
      file(objects(1)),
      file("a: 1\n---\n".repeat(5_000), "log.yaml", "warn"),
    ]);
    expect(manifests).toHaveLength(1);
    expect(problems).toMatchObject([{ severity: "warning", file: "log.yaml" }]);
    expect(leftOut).toMatchObject([{ file: "log.yaml" }]);
  });

  test("thousands of problems of one text cost no more than hundreds", () => {
    const wrong = `${object(0).replace("metadata: {name: a0}\n", "metadata:\n  name: a0\n  annotations:\n")}${Array.from({ length: 5_000 }, (_, at) => `    k${at}: ${at}\n`).join("")}`;
    const { problems } = parse([file(wrong)]);
    expect(problems).toHaveLength(5_000);
    expect(problems[0]).toMatchObject({ line: 6 });
    expect(problems.at(-1)).toMatchObject({ line: 1 });
  });
});

describe("parseManifests() of JSON files", () => {
  const whole = JSON.stringify({ apiVersion: "v1", kind: "ConfigMap", metadata: { name: "a" } });
  const broken: [name: string, text: string][] = [
    ["cut off before its last brace", whole.slice(0, -1)],
    ["cut off in a word", whole.slice(0, 30)],
    ["cut off where YAML takes it for a text", '{"apiVersion'],
    ["cut off behind a list", '["a", "b"'],
    ["two values", `${whole}\n${whole}`],
    ["two values as YAML has them", `${whole}\n---\n${whole}`],
    ["YAML", "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n"],
    ["anything else", "replicas: 1\n"],
    ["a comma too many", '{"a": [1, 2,]}'],
  ];
  test.each(broken)("%s is an error, whatever its words", (_, text) => {
    for (const onParseError of ["warn", "refuse"] as const)
      expect(parse([file(text, "a.json", onParseError)]).problems).toContainEqual(
        expect.objectContaining({ severity: "error", file: "a.json" }),
      );
  });
  test.each([
    ["one object", whole, 1],
    ["one behind a byte order mark", `\ufeff${whole}`, 1],
    ["a list", `{"apiVersion": "v1", "kind": "List", "items": [${whole}]}`, 1],
    ["nothing", " \n", 0],
  ])("%s is read", (_, text, count) => {
    const { manifests, problems } = parse([file(text, "a.json", "refuse")]);
    expect(problems).toEqual([]);
    expect(manifests).toHaveLength(count);
  });
});

describe("parseManifests() of lists", () => {
  test.each([
    "apiVersion: v1\nkind: List\nitems:\n",
    "apiVersion: v1\nkind: List\nmetadata: {}\nitems: null\n",
    "apiVersion: v1\nkind: ConfigMapList\nitems: ~\n",
    `apiVersion: v1\nkind: List\nitems:\n- {apiVersion: v1, kind: List, items: null}\n`,
  ])("%p holds nothing, and refuses nothing", (text) => {
    expect(parse([file(text)])).toMatchObject({ manifests: [], problems: [] });
  });
  test("what has a spec is an object, whatever its kind is called", () => {
    const text =
      "apiVersion: x.example.com/v1\nkind: AllowList\nmetadata: {name: a}\nitems: null\nspec: {}\n";
    expect(parse([file(text)]).manifests).toHaveLength(1);
  });
});
