import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { parseYaml } from "../../lib/yaml.ts";
import { yamlText } from "./yaml-text.ts";

const read = (text: string): unknown => {
  const { documents, problems } = parseYaml(text);
  expect({ text, problems }).toEqual({ text, problems: [] });
  return documents[0]?.value;
};

describe("yamlText()", () => {
  test("is as people write it", () => {
    const value = {
      apiVersion: "apps/v1",
      kind: "Deployment",
      metadata: { name: "web", labels: {}, annotations: { "a.io/b": "true", port: "8080" } },
      spec: {
        replicas: 3,
        paused: false,
        template: { spec: { containers: [{ name: "web", image: "nginx:1.29", args: ["-v", "two words"] }] } },
      },
      data: { "app.conf": "a = 1\n\n  b = 2\n", one: "no newline\nat the end" },
    };
    expect(yamlText(value)).toBe(`apiVersion: apps/v1
kind: Deployment
metadata:
  name: web
  labels: {}
  annotations:
    a.io/b: "true"
    port: "8080"
spec:
  replicas: 3
  paused: false
  template:
    spec:
      containers:
      - name: web
        image: nginx:1.29
        args:
        - "-v"
        - two words
data:
  app.conf: |
    a = 1

      b = 2
  one: |-
    no newline
    at the end`);
    expect(read(yamlText(value))).toEqual(value);
  });

  test.each([
    "",
    "yes",
    "null",
    "1e3",
    "0x1f",
    "12:30",
    "2026-11-29",
    "a: b",
    "a #b",
    "- a",
    "*a",
    "&a",
    "{a}",
    "a\tb",
    " a",
    "a ",
    "\n",
    "a\n\n",
    " a\nb",
    "a\r\nb",
    "\u0007",
    "é",
    "<<",
    "=",
  ])("a text is read as the same text: %j", (text) => {
    expect(read(yamlText({ text, [text]: 1, list: [text] }))).toEqual({ text, [text]: 1, list: [text] });
  });

  test("is read as the same value, whatever it is", () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string({ maxLength: 8 }), fc.jsonValue({ maxDepth: 4 })), (value) => {
        // -0 is 0 in JSON, and numbers beyond what one holds exactly are read as others.
        const json = JSON.parse(JSON.stringify(value), (_key, one: unknown) =>
          typeof one === "number" && Number.isInteger(one) && !Number.isSafeInteger(one) ? 1 : one,
        ) as unknown;
        expect(
          read(
            `a: 1\nof:${Object.keys(value).length === 0 ? " {}" : `\n${yamlText(json).replace(/^(?=.)/gm, "  ")}`}`,
          ),
        ).toEqual({ a: 1, of: json });
      }),
      { numRuns: 300 },
    );
  });
});
