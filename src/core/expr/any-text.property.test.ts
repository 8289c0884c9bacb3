import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { compile, Environment } from "./expression.ts";

const PIECES = [
  ...[
    "app",
    ".",
    "?.",
    "name",
    "list",
    "[",
    "]",
    "(",
    ")",
    "{",
    "}",
    "#",
    "#acc",
    "#index",
    ",",
    ":",
    ";",
    "?",
  ],
  ...[
    "1",
    "2.5",
    "0x1",
    "-1",
    "'a'",
    '"b"',
    "`c`",
    "nil",
    "true",
    "false",
    "let x =",
    "x",
    "if",
    "else",
    "$env",
  ],
  ...[
    "+",
    "-",
    "*",
    "/",
    "%",
    "**",
    "..",
    "==",
    "!=",
    "<",
    ">=",
    "in",
    "not in",
    "matches",
    "contains",
    "|",
    "??",
  ],
  ...["and", "or", "not", "!", "&&", "||", "__proto__", "constructor", "//", "/*", "*/", "\\", "\n", " "],
  ...[
    "filter(list, # > 1)",
    "map(list, #)",
    "len(list)",
    "reduce(list, #acc + #)",
    "now()",
    "duration('1h')",
  ],
  ...[
    "split('a,b', ',')",
    "sort(list)",
    "string(app)",
    "groupBy(list, #)",
    "date('2026-01-01')",
    "1..5",
    "repeat('a', 9)",
  ],
];
const text = fc.oneof(
  fc.string({ unit: "grapheme", maxLength: 80 }),
  fc.array(fc.constantFrom(...PIECES), { maxLength: 40 }).map((pieces) => pieces.join(" ")),
  fc.array(fc.constantFrom(...PIECES), { maxLength: 40 }).map((pieces) => pieces.join("")),
);
const given = fc.dictionary(
  fc.constantFrom("app", "list", "name", "x", "__proto__"),
  fc.jsonValue({ maxDepth: 5 }),
);

/** Whole expressions, so that what evaluates them is reached, whatever it comes to. */
const { expression } = fc.letrec<{ expression: string }>((tie) => ({
  expression: fc.oneof(
    { maxDepth: 5 },
    fc.constantFrom(
      "1",
      "0",
      "2.5",
      "'a'",
      "nil",
      "true",
      "false",
      "app",
      "list",
      "[]",
      "{}",
      "now()",
      "duration('1h')",
      "#",
    ),
    fc
      .tuple(
        tie("expression"),
        fc.constantFrom(
          "+",
          "-",
          "*",
          "/",
          "%",
          "**",
          "..",
          "==",
          "<",
          "in",
          "matches",
          "contains",
          "and",
          "or",
          "??",
        ),
        tie("expression"),
      )
      .map(([left, operator, right]) => `(${left} ${operator} ${right})`),
    fc
      .tuple(fc.constantFrom("not", "-", "!"), tie("expression"))
      .map(([operator, of]) => `(${operator} ${of})`),
    fc
      .tuple(tie("expression"), tie("expression"), tie("expression"))
      .map(([one, two, three]) => `(${one} ? ${two} : ${three})`),
    fc.tuple(tie("expression"), tie("expression")).map(([of, key]) => `(${of})[${key}]`),
    fc
      .tuple(tie("expression"), tie("expression"), tie("expression"))
      .map(([of, from, to]) => `(${of})[${from}:${to}]`),
    fc
      .tuple(
        fc.constantFrom("filter", "map", "all", "count", "groupBy", "sortBy", "reduce", "find", "sum"),
        tie("expression"),
        tie("expression"),
      )
      .map(([name, list, predicate]) => `${name}(${list}, ${predicate})`),
    fc
      .tuple(
        fc.constantFrom(
          "len",
          "string",
          "type",
          "int",
          "float",
          "keys",
          "sort",
          "uniq",
          "flatten",
          "toJSON",
          "max",
          "upper",
          "first",
          "date",
          "duration",
        ),
        tie("expression"),
      )
      .map(([name, of]) => `${name}(${of})`),
    fc.array(tie("expression"), { maxLength: 3 }).map((items) => `[${items.join(", ")}]`),
    fc
      .array(tie("expression"), { maxLength: 2 })
      .map((items) => `{${items.map((item, at) => `k${at}: ${item}`).join(", ")}}`),
  ),
}));

describe("whatever is written", () => {
  test.each([
    ["of any signs", text],
    ["of whole expressions", expression],
  ])(
    "%s, comes to a value or to a mistake at a place in it",
    (_, written) => {
      fc.assert(
        fc.property(written, given, (source, environment) => {
          const compiled = compile(source);
          const done = compiled.ok
            ? compiled.expression.evaluate(new Environment(environment, 0), 20_000)
            : ({ is: "wrong", mistake: compiled.mistake } as const);
          if (done.is === "value") return;
          const { line, column, why } = done.mistake;
          expect(why).not.toBe("");
          const lines = source.split("\n");
          expect(line).toBeWithin(1, lines.length + 1);
          expect(column).toBeWithin(1, (lines[line - 1] ?? "").length + 2);
        }),
        { numRuns: 3_000 },
      );
    },
    60_000,
  );
});
