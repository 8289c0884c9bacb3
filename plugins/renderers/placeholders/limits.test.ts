/** Text that is made to be large, or slow. */
import { expect, test } from "bun:test";
import { modify } from "./modifiers.ts";
import { replacePlaceholders } from "./replace.ts";

const STORE: Record<string, unknown> = {
  small: "x".repeat(100),
  large: "x".repeat(1 << 20),
  tooLarge: "x".repeat((1 << 20) + 1),
  lines: "a\n".repeat(100_000),
  list: JSON.stringify(Array.from({ length: 1_000 }, () => "x".repeat(500))),
};
const fill = (text: string, soFar?: { bytes: number }) =>
  replacePlaceholders(
    { apiVersion: "v1", kind: "ConfigMap", metadata: { name: "c" }, data: { a: text } },
    async () => STORE,
    soFar,
  );
const place = (key: string, ...modifiers: string[]) => `<${[`path:s#${key}`, ...modifiers].join(" | ")}>`;

test.each([
  [
    "nine modifiers",
    place("small", ...Array<string>(9).fill("base64encode")),
    "has 9 modifiers, and 8 are the most",
  ],
  ["a value", place("tooLarge"), "the value is larger than 1 MiB"],
  [
    "a value that a modifier makes",
    place("large", "base64encode"),
    "base64encode: what it makes is larger than 1 MiB",
  ],
  ["lines set in", place("lines", "indent 999"), "indent: what it makes is larger than 1 MiB"],
  [
    "a path that repeats",
    place("list", `jsonPath ${"{[*]}".repeat(100)}`),
    "jsonPath: what it makes is larger than",
  ],
  ["what a modifier is given", place("list", `jsonPath ${"{.a}".repeat(500)}`), "is longer than 1024 signs"],
])("%s beyond the limit is refused with one short sentence", async (_, text, says) => {
  const filled = await fill(text);
  expect(filled).toMatchObject({ is: "refused", why: expect.stringContaining(says) });
  expect(JSON.stringify(filled).length).toBeLessThan(500);
});

test("eight modifiers, and a value of the largest size, are filled in", async () => {
  expect(await fill(place("small", ...Array<string>(8).fill("base64encode")))).toMatchObject({
    is: "replaced",
  });
  expect(await fill(place("large"))).toMatchObject({ is: "replaced" });
});

test("values of one render are counted together, over all its objects", async () => {
  const soFar = { bytes: 0 };
  for (let at = 0; at < 2; at++)
    expect(await fill(place("large").repeat(32), soFar)).toMatchObject({ is: "replaced" });
  expect(await fill(place("small"), soFar)).toMatchObject({
    is: "refused",
    why: "with it, the values that this render fills in are larger than 64 MiB",
  });
});

test("a name without end is not repeated in the sentence", async () => {
  const filled = await fill(`<path:${"x".repeat(1_000_000)}>`);
  expect(filled).toMatchObject({ is: "refused" });
  expect(JSON.stringify(filled).length).toBeLessThan(500);
});

// Linear work takes some hundredths of a second, quadratic work minutes: a busy machine is between them.
test("spaces take time linear in their number", async () => {
  const startedAt = performance.now();
  const spaces = " ".repeat(500_000);
  expect(modify("v", `jsonPath${spaces}x${spaces}.`)).toMatchObject({ ok: false });
  const object = { apiVersion: "v1", kind: "Secret", metadata: { name: "s" }, data: { a: `a${spaces}!` } };
  expect(await replacePlaceholders(object, async () => STORE)).toEqual({ is: "untouched" });
  expect(performance.now() - startedAt).toBeLessThan(20_000);
}, 120_000);
