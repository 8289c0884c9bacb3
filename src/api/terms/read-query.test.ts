import { expect, test } from "bun:test";
import { ApiError } from "../api-error.ts";
import { readQuery } from "./read-query.ts";
import { choice, flag, list, optional, text, whole } from "./wire.ts";

const declared = {
  kind: text({ says: "Of the object." }),
  group: optional(text({ empty: "kept" })),
  all: optional(flag()),
  limit: optional(whole({ most: 10 })),
  hooks: optional(choice(["run", "skip"])),
  projects: optional(list(text())),
  positions: optional(list(whole())),
};

function refusal(query: Record<string, string[]>, unknown: "refuse" | "ignore" = "refuse"): string[] {
  try {
    readQuery(query, declared, unknown);
    return [];
  } catch (cause) {
    expect((cause as ApiError).http).toBe(400);
    expect(cause).toBeInstanceOf(ApiError);
    return (cause as ApiError).message.split("\n");
  }
}

test.each([
  ["a missing one", {}, "query: kind: this parameter is required. Of the object."],
  ["an empty one", { kind: [""] }, "query: kind: this parameter is required. Of the object."],
  ["no flag", { kind: ["a"], all: ["yes"] }, "query: all: expected true or false"],
  [
    "a name of every object for a flag",
    { kind: ["a"], all: ["constructor"] },
    "query: all: expected true or false",
  ],
  ["no number", { kind: ["a"], limit: ["1e3"] }, "query: limit: expected a whole number up to 10"],
  ["another word", { kind: ["a"], hooks: ["none"] }, "query: hooks: expected run or skip"],
  ["one of a list", { kind: ["a"], positions: ["1", "x"] }, "query: positions: expected a whole number"],
  ["a slip", { kind: ["a"], al: ["true"] }, "query: al: there is no such parameter. Did you mean all?"],
])("%s is refused with parameter, reason and fix", (_, query, said) => {
  expect(refusal(query)).toEqual([said]);
});

test("parameters are read as they are meant, the first of several, an empty one as none", () => {
  const query = {
    ...{ kind: ["a", "b"], group: [""], all: ["True"], limit: ["5"] },
    ...{ hooks: [""], projects: ["x", "", "y"] },
  };
  expect(readQuery(query, declared, "refuse")).toEqual({
    ...{ kind: "a", group: "", all: true, limit: 5, projects: ["x", "y"] },
  });
});

test("Argo CD's paths ignore what is not declared", () => {
  expect(readQuery({ kind: ["a"], al: ["x"] }, declared, "ignore")).toEqual({ kind: "a" });
});
