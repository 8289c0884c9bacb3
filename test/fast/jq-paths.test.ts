/** The expressions that are read without jq, held against jq itself; and what the process for jq promises. */
import { describe, expect, test } from "bun:test";
import * as fc from "fast-check";
import { JqVm } from "../../src/checks/jq-vm.ts";
import { parseJqPaths, placesOf } from "../../src/core/compare/ignore/jq-path.ts";
import { jqConformance } from "../conformance/jq.ts";
import { jqHost } from "../lib/jq-host.ts";

const vm = new JqVm();

const names = ["a", "b", "name", "if", "a.b/c"] as const;
const scalar = fc.oneof(
  fc.constantFrom<unknown>("x", "y", "", 0, 1, 80, true, false, null),
  fc.string({ maxLength: 3 }),
);
/** Lists and mappings mostly: in a scalar there is nowhere to go. */
const { value } = fc.letrec<{ value: unknown }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 4, depthSize: "medium" },
    { weight: 1, arbitrary: scalar },
    { weight: 2, arbitrary: fc.array(tie("value"), { maxLength: 3 }) },
    { weight: 4, arbitrary: fc.dictionary(fc.constantFrom(...names), tie("value"), { maxKeys: 4 }) },
  ),
}));

const optional = fc.constantFrom("", "", "?");
const key = fc.tuple(
  fc.oneof(
    fc.constantFrom(".a", ".b", ".name", ".if", '."a.b/c"', '.["a.b/c"]', '.["a"]', '[ "b" ]', ".c_1"),
    fc.string({ maxLength: 3 }).map((text) => `.[${JSON.stringify(text)}]`),
  ),
  optional,
);
const list = fc.tuple(fc.constantFrom(".[]", ".[ ]", ".[0]", ".[1]"), optional);
const bare = fc.tuple(fc.constantFrom("[]", "[0]", "[ 2 ]", "[]", "[0]", "[1]", "[-1]", "[1:]"), optional);
const first = fc.oneof(
  { weight: 8, arbitrary: key },
  { weight: 4, arbitrary: list },
  { weight: 1, arbitrary: bare },
);
const further = fc.oneof(
  { weight: 3, arbitrary: key },
  { weight: 3, arbitrary: list },
  { weight: 2, arbitrary: bare },
);
const joined = (steps: readonly (readonly string[])[]): string => steps.flat().join("");
const steps = fc
  .tuple(first, fc.array(further, { maxLength: 3 }))
  .map(([one, others]) => joined([one, ...others]));
const keys = fc.array(key, { minLength: 1, maxLength: 2 }).map(joined);
const literal = fc.oneof(
  fc.constantFrom(
    '"x"',
    '"y"',
    '""',
    "0",
    "80",
    "-1",
    "true",
    "false",
    "null",
    "1.0",
    "1e2",
    '"\\u0041"',
    '"\\n"',
  ),
  fc.string({ maxLength: 3 }).map((text) => JSON.stringify(text)),
);
const where = fc
  .tuple(keys, fc.array(literal, { minLength: 1, maxLength: 2 }), fc.constantFrom(" == ", "==", " ==", "=="))
  .map(([path, values, equals]) => `select(${values.map((one) => `${path}${equals}${one}`).join(" or ")})`);
const part = fc.oneof({ weight: 3, arbitrary: steps }, { weight: 1, arbitrary: where });
const expression = fc.oneof(
  fc
    .tuple(fc.array(part, { minLength: 1, maxLength: 3 }), fc.constantFrom(" | ", " | ", "|", " |", " "))
    .map(([parts, pipe]) => parts.join(pipe)),
  fc.tuple(steps, steps).map(([a, b]) => `${a}, ${b}`),
  // Anything at all of jq's characters: what is taken for a path must be one.
  fc
    .array(fc.constantFrom(".", "a", "[", "]", "0", '"a"', "?", "|", ",", " ", "select(", ")", "==", "or "), {
      minLength: 1,
      maxLength: 9,
    })
    .map((parts) => parts.join("")),
);

describe("an expression that is read without jq", () => {
  test("is one, and names the places that jq names, in every object", async () => {
    let read = 0,
      somewhere = 0;
    await fc.assert(
      fc.asyncProperty(expression, value, async (text, object) => {
        const parts = parseJqPaths(text);
        if (parts === undefined) return;
        read++;
        expect(await vm.problemOf(text)).toBeUndefined();
        const ours = placesOf(parts, object);
        if (ours.length > 0) somewhere++;
        expect(sorted(ours)).toEqual(sorted(await placesBy(text, object)));
      }),
      { numRuns: Number(process.env["HOLDFAST_JQ_RUNS"] ?? 1_500), verbose: 1 },
    );
    // A good part of what is made up is read, and leads somewhere: otherwise nothing was shown.
    expect(read).toBeGreaterThan(300);
    expect(somewhere).toBeGreaterThan(60);
  });
});

async function placesBy(text: string, object: unknown): Promise<unknown[]> {
  const answer = await vm.placesIn(object, text);
  if ("why" in answer) throw new Error(answer.why);
  return answer.places;
}

function sorted(places: readonly unknown[]): string[] {
  return places.map((place) => JSON.stringify(place)).sort();
}

jqConformance(jqHost);
