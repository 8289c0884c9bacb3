import { expect, test } from "bun:test";
import { CliError } from "../cli-error.ts";
import { objectIn } from "./live-object.ts";

test("an object is read out of the text that it comes in", () => {
  const manifest = '{"kind":"ConfigMap","metadata":{"name":"a"}}';
  expect(objectIn({ manifest })).toMatchObject({ kind: "ConfigMap", metadata: { name: "a" } });
});

test.each([
  [null],
  [{}],
  [{ manifest: 1 }],
  [{ manifest: "" }],
  [{ manifest: "<html>" }],
  [{ manifest: "[]" }],
  [{ manifest: '{"kind":"ConfigMap"}' }],
])("%j holds none, which is said", (told) => {
  let thrown: unknown;
  try {
    objectIn(told as never);
  } catch (cause) {
    thrown = cause;
  }
  expect(thrown).toBeInstanceOf(CliError);
  expect((thrown as CliError).code).toBe(5);
});
