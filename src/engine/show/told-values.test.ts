import { describe, expect, test } from "bun:test";
import { kubeObject } from "../../../test/lib/core-objects.ts";
import type { SourceValue, ValueThere } from "../../core/model/source-values.ts";
import { atOnce } from "../../lib/in-steps.ts";
import { renderedTexts, toldValues } from "./told-values.ts";

const base64 = (text: string): string => Buffer.from(text).toString("base64");
const RENDERED = atOnce(
  renderedTexts([
    {
      object: kubeObject({
        kind: "Secret",
        fields: {
          data: {
            a: base64("canary-in-data"),
            file: base64("user: x\nword: canary-inside\n"),
            address: base64("postgres://u:c%40nary%20word@db/x"),
            json: base64('{"pin":"canary\\"s pin"}'),
            block: base64("  canary-line-1\n  canary-line-2\n"),
            b: base64("shown-too"),
          },
        },
      }),
    },
    { object: kubeObject({ kind: "Secret", fields: { stringData: { c: "canary-as-text" } } }) },
    { object: kubeObject({ kind: "ConfigMap", fields: { data: { b: "shown-too" } } }) },
  ]),
);

function told(path: string, value: unknown, was: ValueThere[] = []): SourceValue {
  const one: SourceValue = { path: path.split("."), is: "given", layer: 0, value, was };
  const [first] = atOnce(toldValues({ layers: [], values: [one], total: 1, charts: [] }, RENDERED)).values;
  if (first === undefined) throw new Error("one is told");
  return first;
}

describe("toldValues()", () => {
  test.each<[path: string, value: unknown]>([
    ["auth.adminPassword", "hunter2"],
    ["auth.pin.password", 1234],
    ["token.of.what", "x"],
    ["plain", "canary-in-data"],
    ["plain", base64("canary-in-data")],
    ["plain", "canary-as-text"],
    ["part", "canary-inside"],
    ["ended", "canary-as-text\n"],
    ["escaped", "c@nary word"],
    ["quoted", 'canary"s pin'],
    ["setIn", "canary-line-1\ncanary-line-2\n"],
    ["database", "postgres://shop:hunter2@db:5432/shop"],
    ["config", "listen: 80\npassword: hunter2\n"],
    ["tls", "-----BEGIN RSA PRIVATE KEY-----\nabc"],
  ])("hides %s: %p", (path, value) => {
    const one = told(path, value);
    expect(one).toEqual({ path: path.split("."), is: "given", layer: 0, hidden: "secret", was: [] });
  });
  test.each<[path: string, value: unknown]>([
    ["image.tag", "v1"],
    ["auth.existingSecret", "db-auth"],
    ["secretName", "web-tls"],
    ["secret.create", true],
    ["password", ""],
    ["password", null],
    // Whoever sees the application sees it in a ConfigMap.
    ["plain", "shown-too"],
    ["replicas", 3],
    ["ended", "shown-too\n"],
    ["half", "\ud800 of a sign"],
    ["notAllOfIt", "canary-line-1\nand another one\n"],
    ["placeholder", "<path:secret/data/db#word>"],
  ])("tells %s: %p", (path, value) => {
    expect(told(path, value)).toMatchObject({ value });
  });
  test("inside of a list what is secret is masked where it stands", () => {
    expect(told("users", [{ name: "a", password: "hunter2" }, { name: "canary-as-text" }])).toMatchObject({
      value: [{ name: "a", password: "++++++++" }, { name: "++++++++" }],
    });
  });
  test("a variable whose name says that it is one is masked", () => {
    const value = [
      { name: "DB_PASSWORD", value: "hunter2" },
      { name: "MODE", value: "fast" },
    ];
    expect(told("env", value)).toMatchObject({ value: [{ value: "++++++++" }, { value: "fast" }] });
  });
  test("what was there before a secret is one too, and what is encrypted stays hidden", () => {
    const was: ValueThere[] = [
      { layer: 1, line: 2, value: "yesterdays-canary" },
      { layer: 0, hidden: "encrypted" },
    ];
    expect(told("plain", "canary-in-data", was).was).toEqual([
      { layer: 1, line: 2, hidden: "secret" },
      { layer: 0, hidden: "encrypted" },
    ]);
    expect(told("plain", "v2", [{ layer: 0, value: "canary-as-text" }]).was).toEqual([
      { layer: 0, hidden: "secret" },
    ]);
  });
  test("a long value says that it is one", () => {
    expect(told("notes", "x".repeat(20_000))).toMatchObject({ hidden: "long" });
  });
  test("and so do those that come after four million characters", () => {
    const values = Array.from(
      { length: 400 },
      (_, at): SourceValue => ({
        path: [`k${at}`],
        is: "given",
        layer: 0,
        value: "y".repeat(16_000),
        was: [],
      }),
    );
    const shown = atOnce(toldValues({ layers: [], values, total: 400, charts: [] }, RENDERED));
    expect(shown.values.filter((one) => "value" in one)).toHaveLength(262);
  });
  test("lets others go first between two values", () => {
    const one: SourceValue = { path: ["a"], is: "given", layer: 0, value: "v", was: [] };
    const steps = [...toldValues({ layers: [], values: [one, one], total: 2, charts: [] }, RENDERED)];
    expect(steps).toHaveLength(2);
  });
});
