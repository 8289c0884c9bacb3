/** The engine against the reference model: named faults, and scripts by seed. `bun run model` plays more of them. */
import { describe, expect, test } from "bun:test";
import { namedScripts } from "./named-scripts.ts";
import { type Played, play } from "./play.ts";
import { scriptOf, showScript } from "./script.ts";

/** So many take a few seconds; .ci/run plays hundreds. */
const SEEDS = Array.from({ length: 20 }, (_, at) => at + 1);

/** What is to be read where a rule is broken: undefined where none is. */
function shown({ violation, trace }: Played, script: string): string | undefined {
  return violation === undefined
    ? undefined
    : `${violation.rule}: ${violation.text}\n${script}\n${trace.slice(-60).join("\n")}`;
}

describe("the engine", () => {
  test.each(Object.entries(namedScripts))("%s", async (_, script) => {
    expect(shown(await play(script), showScript(script))).toBeUndefined();
  });

  test.each(SEEDS)("keeps every rule under seed %d", async (seed) => {
    const script = scriptOf(seed);
    expect(shown(await play(script), showScript(script))).toBeUndefined();
  });
});

test("play() plays equal scripts equally", async () => {
  const [one, other] = [await play(scriptOf(7)), await play(scriptOf(7))];
  expect(one.trace.length).toBeGreaterThan(10);
  expect(other.trace).toEqual(one.trace);
});
