import { describe, expect, test } from "bun:test";
import { PROVIDER_NAMES } from "../../core/webhooks/provider.ts";
import { sayOutcome, sayUnsigned, setupOf } from "./webhook-words.ts";

test("every provider that is heard says how it is set up", () => {
  const all = PROVIDER_NAMES.map((name) => setupOf(name));
  expect(new Set(all.map(({ word }) => word)).size).toBe(PROVIDER_NAMES.length);
  for (const [at, { there, setting }] of all.entries()) {
    expect(there).not.toBe("");
    expect(setting).toStartWith(`webhooks.${PROVIDER_NAMES[at]}.`);
  }
  expect(setupOf("unknown").word).toBe("Not known");
});

describe("sayOutcome()", () => {
  test.each([
    ["looking", "", "genuine", "Signed: looked at"],
    ["looking", "", "unsigned", "Unsigned: a hint to look"],
    ["refused", "it has no X-Gitlab-Token", "none", "Refused: it has no X-Gitlab-Token"],
    ["ignored", "", "unsigned", "Ignored"],
  ])("%s, %p, %s: %s", (outcome, why, proof, said) => {
    expect(sayOutcome({ outcome, why, proof })).toBe(said);
  });
});

test("what an unsigned delivery is worth is said as it is", () => {
  expect(sayUnsigned("refuse", 1)).toContain("refused");
  expect(sayUnsigned("hint", 0)).toStartWith("No provider has a secret");
  expect(sayUnsigned("hint", 2)).toStartWith("Deliveries of providers without a secret");
});
