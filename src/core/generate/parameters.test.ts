import { expect, test } from "bun:test";
import { nameSet } from "./parameters.ts";

// It stands in sentences that whoever sees the set reads.
test.each([
  [{ url: "https://bot:hunter2@git.example.com/x" }, 'set 3 (url "https://git.example.com/x")'],
  [{ source: "postgres://bot:hunter2@db/x" }, 'set 3 (source "postgres://db/x")'],
  [{ name: "web", url: "https://git.example.com/x" }, 'set 3 (name "web")'],
  [{ password: "hunter2" }, "set 3"],
])("nameSet() tells %p without who asks", (parameters, name) => {
  expect(nameSet(parameters, 2)).toBe(name);
});
