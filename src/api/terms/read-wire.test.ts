import { describe, expect, test } from "bun:test";
import { ApiError } from "../api-error.ts";
import { readWire } from "./read-wire.ts";
import {
  choice,
  either,
  fields,
  flag,
  int64,
  list,
  map,
  named,
  number,
  optional,
  text,
  type Wire,
  whole,
} from "./wire.ts";

const body = fields({
  id: whole({ least: 1, most: 9, says: "The number of a run." }),
  name: optional(text({ pattern: /^[a-z]+$/, expected: "a name", most: 5 })),
  force: optional(flag()),
  of: optional(choice(["deletions", "writes"])),
  count: optional(int64()),
  factor: optional(number({ least: 1 })),
  parts: optional(list(named("Part", fields({ kind: text() })), { least: 1 })),
  labels: optional(map(text())),
  scopes: optional(either(choice(["all"]), list(text()), { expected: "all, or a list of texts" })),
});

/** What it is refused with, a line for each problem. */
function refusal(value: unknown, wire: Wire<unknown> = body): string[] {
  try {
    readWire(value, wire, "body");
    return [];
  } catch (cause) {
    expect(cause).toBeInstanceOf(ApiError);
    expect((cause as ApiError).http).toBe(400);
    return (cause as ApiError).message.split("\n");
  }
}

describe("a body is refused with field, reason and fix:", () => {
  test.each([
    ["nothing", undefined, "body: expected an object, not empty"],
    ["a list", [], "body: expected an object, not a list"],
    ["a missing field", {}, "body: id: this field is required. The number of a run."],
    ["null for a missing one", { id: null }, "body: id: this field is required. The number of a run."],
    [
      "another type",
      { id: "1" },
      "body: id: expected a whole number from 1 up to 9, not a string. The number of a run.",
    ],
    [
      "too much",
      { id: 10 },
      "body: id: expected a whole number from 1 up to 9, not the number 10. The number of a run.",
    ],
    [
      "half a number",
      { id: 1.5 },
      "body: id: expected a whole number from 1 up to 9, not the number 1.5. The number of a run.",
    ],
    ["another form", { id: 1, name: "A" }, "body: name: expected a name"],
    ["a long text", { id: 1, name: "abcdef" }, "body: name: expected a name"],
    ["a text for a flag", { id: 1, force: "true" }, "body: force: expected true or false, not a string"],
    ["another word", { id: 1, of: "all" }, "body: of: expected deletions or writes, not a string"],
    ["text that is no number", { id: 1, count: "1x" }, "body: count: expected a whole number, not a string"],
    ["a small number", { id: 1, factor: 0.5 }, "body: factor: expected a number from 1, not the number 0.5"],
    ["an empty list", { id: 1, parts: [] }, "body: parts: expected a list of at least 1, not one of 0"],
    [
      "a field below",
      { id: 1, parts: [{ kind: 1 }] },
      "body: parts[0].kind: expected a text, not the number 1",
    ],
    [
      "a value of a mapping",
      { id: 1, labels: { "a/b": 1 } },
      'body: labels["a/b"]: expected a text, not the number 1',
    ],
    ["neither form", { id: 1, scopes: "one" }, "body: scopes: expected all, or a list of texts"],
    ["a slip", { id: 1, forse: true }, "body: forse: this field is not known. Did you mean force?"],
    [
      "an unknown field below",
      { id: 1, parts: [{ kind: "a", zzzzzz: 1 }] },
      "body: parts[0].zzzzzz: this field is not known. There are kind",
    ],
  ])("%s", (_, value, said) => {
    expect(refusal(value)).toEqual([said]);
  });

  test("all problems at once", () => {
    expect(refusal({ id: 0, name: 1, force: 1 })).toHaveLength(3);
  });

  test("what every object has by its prototype is no field", () => {
    expect(refusal({ id: 1, constructor: 1 })).toHaveLength(1);
    const wire: Wire<unknown> = fields({ toString: optional(text()) }, { unknown: "ignore" });
    expect(readWire({ a: "b" }, wire, "body")).toEqual({});
  });
});

test("what fits is read as it is meant", () => {
  expect(
    readWire({ id: 1, count: "12", name: null, scopes: ["a"], parts: [{ kind: "x" }] }, body, "body"),
  ).toEqual({
    id: 1,
    count: 12,
    scopes: ["a"],
    parts: [{ kind: "x" }],
  });
});

test("bodies of Argo CD's: what is not known is left out, and what reads like a slip is refused where it would do something", () => {
  const known = { dryRun: optional(flag()) };
  expect(readWire({ tomorrow: 1, dryrun: true }, fields(known, { unknown: "ignore" }), "body")).toEqual({});
  const slips = fields(known, { unknown: "slips" });
  expect(readWire({ tomorrow: 1 }, slips, "body")).toEqual({});
  expect(refusal({ dryrun: true }, slips)).toEqual([
    "body: dryrun: this field is not known. Did you mean dryRun?",
  ]);
});
