/** What goes through texts and lists of any length costs steps by that length, so that no few steps take long. */
import { expect, test } from "bun:test";
import { compile, Environment } from "./expression.ts";

const LONG = "x".repeat(900_000);
const env = () => new Environment({ one: LONG, other: `${LONG.slice(1)}y`, list: Array(90_000).fill(1) }, 0);

test.each([
  "one == other",
  "one < other",
  "[one] == [other]",
  "one in [other]",
  "indexOf(one, 'y')",
  "lastIndexOf(one, 'y')",
  "hasPrefix(one, other)",
  "hasSuffix(one, other)",
  "trim(one)",
  "trimPrefix(one, other)",
  "trimSuffix(one, other)",
  "fromBase64(one)",
  "one[0]",
  "one[1:2]",
  "take(list, 80000)",
  "fromPairs(list)",
  "sort([one, other])",
])("%s costs more than a few steps", (text) => {
  const compiled = compile(text);
  if (!compiled.ok) throw new Error(compiled.mistake.why);
  const evaluated = compiled.expression.evaluate(env(), 5_000);
  expect(evaluated).toMatchObject({ is: "wrong", mistake: { why: "it takes too many steps" } });
});

test("a name that many stand before costs what taking these over does", () => {
  const lets = Array.from({ length: 100 }, (_, at) => `let a${at} = 1; `).join("");
  const compiled = compile(`${lets}1`);
  if (!compiled.ok) throw new Error(compiled.mistake.why);
  expect(compiled.expression.evaluate(env(), 1_000).is).toBe("wrong");
  expect(compiled.expression.evaluate(env(), 2_000).is).toBe("value");
});

test.each([`float(repeat("1", 900000) + "x")`, `'a' matches repeat("a{1000}", 140)`])(
  "%s is refused for what it is, before it is tried every way",
  (text) => {
    const compiled = compile(text);
    if (!compiled.ok) throw new Error(compiled.mistake.why);
    expect(compiled.expression.evaluate(env())).toMatchObject({
      is: "wrong",
      mistake: { why: expect.stringMatching(/is no number|too large/) },
    });
  },
);
