/** What is wrong with an expression, and what none reaches or takes. */
import { describe, expect, test } from "bun:test";
import { NOW_MS, said, shown } from "../../../test/lib/expressions.ts";
import { compile, Environment } from "./expression.ts";
import { Func } from "./values.ts";

describe("mistakes of writing:", () => {
  test.each([
    ["", "!"],
    ["1 +", "!"],
    ["(1", "!"],
    ["[1, 2", "!"],
    ["a = 1", "!"],
    ["a & b", "!"],
    ["'open", "!"],
    ["`open", "!"],
    ["/* open", "!"],
    ["'\\q'", "!"],
    ["a.", "!"],
    ["a.1", "!"],
    ["1 2", "!"],
    ["{a}", "!"],
    ["foo(", "!"],
    ["a ? b", "!"],
    ["let x = 1", "!"],
    ["not", "!"],
    ["a not b", "!"],
    ["@", "!"],
    ["a..", "!"],
    ["[1,,2]", "!"],
    ["foo(1)", "!"],
    ["bitand(1)", "!"],
  ])("%s", (text, want) => {
    expect(shown(text)).toBe(want);
  });
});

describe("a mistake says where it is and what mends it:", () => {
  test.each([
    ["app.status.health.status = 'Healthy'", "at character 26: = cannot stand here. Write == to compare"],
    [
      "missing.name == 'a'",
      "at character 9: nil has no name. Write ?.name where what is before it may be missing",
    ],
    [
      "true and app.metadata.name",
      'at character 6: and wants true or false, and this is string. Compare it, as `x != ""`',
    ],
    [
      "true and (\n  1 < 'a')",
      "at line 2, character 5: < does not go with int and string. Convert one, with int(), float() or string()",
    ],
    ["lowr('a')", "at character 1: there is no function lowr. Did you mean lower?"],
    [
      "'a' in 'abc'",
      "at character 5: `in` looks into lists and maps, and this is string. Write `text contains part`",
    ],
    [
      "list[9]",
      "at character 5: there is no item 9 of 3. Write get(list, index), which is nil where there is none",
    ],
    ["a & b", 'at character 3: "&" means nothing here. Write && or `and`'],
    ["7 % 0", "at character 3: it divides by zero"],
    ["", "at character 1: it ends too early. Write what is missing at its end"],
    ["filter(list)", "at character 1: filter wants 2 arguments. Write it like filter(list, # > 1)"],
  ])("%s", (text, want) => {
    expect(said(text)).toBe(want);
  });
});

describe("nothing of JavaScript is reached:", () => {
  const HOST = { app: { name: "a" }, list: [1], text: "t", made: new Map([["a", 1]]) };
  const NAMES = [
    "__proto__",
    "constructor",
    "prototype",
    "toString",
    "valueOf",
    "hasOwnProperty",
    "call",
    "length",
    "size",
    "get",
  ];
  test.each(
    NAMES.flatMap((name) => [
      `app.${name}`,
      `app?.${name}`,
      `app["${name}"]`,
      `made.${name}`,
      name,
      `$env.${name}`,
    ]),
  )("%s is nil", (text) => {
    expect(shown(text, HOST)).toBe("<nil>");
  });
  test.each(
    NAMES.flatMap((name) => [
      `list.${name}`,
      `text.${name}`,
      `now().${name}`,
      `duration("1s").${name}`,
      `lower.${name}`,
      `f.${name}`,
      `(1).${name}`,
    ]),
  )("%s is a mistake", (text) => {
    expect(shown(text, { ...HOST, f: new Func("f", () => null) })).toBe("!");
  });
  test.each([
    ["a function of JavaScript", { f: () => 1 }],
    ["an object with a class", { f: new (class Host {})() }],
    ["a date", { f: new Date(0) }],
    ["what holds itself", { f: holdsItself() }],
  ])("%s is no value", (_, given) => {
    expect(shown("f", given)).toBe("!");
  });
});

function holdsItself(): Record<string, unknown> {
  const self: Record<string, unknown> = {};
  self["self"] = self;
  return self;
}

describe("functions that are given", () => {
  const given = {
    strings: {
      ToLower: new Func("ToLower", ([text]) => (typeof text === "string" ? text.toLowerCase() : null)),
    },
    time: { Now: new Func("Now", (_, { now }) => now()) },
    double: new Func("double", ([value]) => (typeof value === "bigint" ? value * 2n : null)),
  };
  test.each([
    ["strings.ToLower('ABC')", "abc"],
    ["double(21)", "42"],
    ["4 | double()", "8"],
    ["map([1, 2], double(#))", "[2 4]"],
    ["time.Now()", `${BigInt(NOW_MS) * 1_000_000n}`],
    ["strings.None('a')", "!"],
    ["double == double", "true"],
    ["toJSON(double)", "!"],
  ])("%s", (text, want) => {
    expect(shown(text, given)).toBe(want);
  });
});

describe("what would take everything is a mistake:", () => {
  const big = { many: Array.from({ length: 1_000 }, (_, at) => at), text: "a".repeat(100_000) };
  test.each([
    "filter(many, any(many, any(many, false)))",
    "1..1000000000",
    "repeat('x', 1000000000)",
    "repeat(repeat('x', 100000), 100000)",
    "reduce(1..60, #acc + #acc, 'ab')",
    "reduce(1..60, concat(#acc, #acc), [1])",
    "reduce(1..30, [#acc, #acc], [1]) | string()",
    "reduce(1..100, [#acc, #acc], 1) == reduce(1..100, [#acc, #acc], 1)",
    "string(reduce(1..50000, [#acc], 1))",
    "replace(text, '', text)",
    "join(map(many, text), text)",
    "any(1..100000, text matches '(a+)+b')",
    "map(many, uniq(many))",
    "toJSON(map(many, many))",
    `${"(".repeat(5_000)}1${")".repeat(5_000)}`,
    `${"!".repeat(5_000)}true`,
    `${"1+".repeat(4_000)}1`,
    `${"1<".repeat(900)}1`,
    "x".repeat(20_000),
    "fromJSON(repeat('[', 100000))",
    "date(repeat('1', 1000))",
    "duration(repeat('1h', 1000))",
    "date('2026-01-01').AddDate(9999999, 0, 0)",
    "date('9999-01-01') + duration('100000h')",
    "bitshl(1, 1000000000000) + bitshl(9999999999, 63) + x",
  ])("%s", (text) => {
    expect(shown(text, big)).toBe("!");
  });

  test("and a regular expression that tries every way takes time in proportion", () => {
    expect(shown(`'${"a".repeat(2_000)}' matches '^(a+)+$'`)).toBe("true");
    expect(shown(`'${"a".repeat(2_000)}b' matches '^(a+)+$'`)).toBe("false");
  });

  test("steps are counted for one question, and each has its own", () => {
    const compiled = compile("sum(1..100)");
    if (!compiled.ok) throw new Error("it is right");
    const environment = new Environment({}, NOW_MS);
    for (let at = 0; at < 5; at += 1)
      expect(compiled.expression.evaluate(environment, 400)).toMatchObject({ is: "value", value: 5050n });
    expect(compiled.expression.evaluate(environment, 50)).toMatchObject({ is: "wrong" });
  });
});

test("an environment is read once, and what it was made of may change", () => {
  const app = { name: "a" };
  const environment = new Environment({ app }, NOW_MS);
  const compiled = compile("app.name");
  if (!compiled.ok) throw new Error("it is right");
  expect(compiled.expression.evaluate(environment)).toMatchObject({ value: "a" });
  app.name = "b";
  expect(compiled.expression.evaluate(environment)).toMatchObject({ value: "a" });
});
