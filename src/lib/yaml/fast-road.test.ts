/** What the fast road reads is what the slow one reads. */
import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { atOnce } from "../in-steps.ts";
import { printYaml, YAML_LIMITS } from "../yaml.ts";
import { readAnyBlocks } from "./any-blocks.ts";
import { type DocumentText, splitDocuments } from "./documents.ts";
import { readPlainBlocks } from "./plain-blocks.ts";

const firstDocument = (text: string): DocumentText | undefined =>
  [...splitDocuments(text, 1)].find((document) => document !== "nothing");
const slowly = (source: DocumentText) => atOnce(readAnyBlocks(source, YAML_LIMITS, "refuse"));
const quickly = (text: string): { value: unknown; nodes: number } | undefined => {
  const read = atOnce(readPlainBlocks(text, YAML_LIMITS));
  return read?.is === "read" ? read : undefined;
};

describe("the fast road", () => {
  const part = fc.constantFrom(
    "a",
    "yes",
    "0644",
    "1.5",
    "~",
    '"q"',
    "'it''s'",
    '"\\n"',
    "{}",
    "[]",
    "[a, b]",
    "{a: [1, x], b: {}}",
    `{"a":1,'b':[x],"c":{"d":"e"}}`,
    `{"a":x,"b":-1,"c":}`,
    "|",
    "|-",
    "|+",
    ">",
    ">-",
    "x y",
    "x: y",
    "x #c",
    "#c",
    "http://x:80",
    "-",
    "- a",
    "- - b",
    "-x",
    "*x",
    "&a b",
    "!!str 1",
    "<<",
    "\t",
    "é😀",
    "",
    "   ",
    "\\",
    '"a" b',
    "key:",
    "key: v",
    "k3:",
    '"k4": v',
    "? a",
    "|2",
    "2001-01-01",
    "@a",
    ",",
    "]",
    "[a",
    "80: x",
    "k: |",
    "k: >-",
    "__proto__: x",
    "'",
    "[-1, -a]",
    "{b}",
    "[a,]",
    "{'x': 1}",
    "{x:y}",
    "-  a",
    '"a',
    'b"',
    "'a",
    "c'",
    "'it''s",
    "\"it's\\\\",
    '"a\\nb',
    "'x'#c",
    "[a]#c",
    "{}# c",
    '"x"#',
    "|#c",
    ">-#c",
    "x#c",
    "k: 'a",
    'k1: "',
  );
  const line = fc.tuple(
    fc.constantFrom(0, 0, 0, 1, 2, 2, 4),
    fc.array(fc.constantFrom("- ", "k: ", "k1: "), { maxLength: 2 }),
    part,
    fc.constantFrom("", "", " ", " #c"),
  );
  const document = fc
    .array(line, { minLength: 1, maxLength: 6 })
    .map((lines) =>
      lines
        .map(([indent, before, content, after]) => " ".repeat(indent) + before.join("") + content + after)
        .join("\n"),
    );

  test("reads what it reads as the slow road does", () => {
    let taken = 0;
    fc.assert(
      fc.property(document, fc.constantFrom("", "r:\n"), (text, root) => {
        // The last line has its break, here as behind the door.
        const source = firstDocument(`${root}${root === "" ? text : text.replace(/^/gm, "  ")}\n`);
        const fast = source === undefined ? undefined : quickly(source.text);
        if (source === undefined || fast === undefined) return;
        taken++;
        expect(slowly(source)).toEqual({ value: fast.value, nodes: fast.nodes, problems: [] });
      }),
      { numRuns: 8_000 },
    );
    expect(taken).toBeGreaterThan(200);
  });

  test("is taken by what machines print", () => {
    const text = printYaml({
      apiVersion: "apps/v1",
      kind: "Deployment",
      metadata: { name: "web", labels: { "app.kubernetes.io/name": "web" } },
      spec: {
        replicas: 2,
        template: {
          spec: { containers: [{ name: "web", image: "nginx:1.27", args: ["-c", "a\nb\n"], resources: {} }] },
        },
      },
    });
    expect(quickly(text)).toBeDefined();
  });
});
