import { expect, test } from "bun:test";
import { Failure } from "./failure.ts";

test("a failure says no password of an address, whatever part of it the address stands in", () => {
  const url = "https://ci:hunter2@git.example.com/a";
  const failure = new Failure("render", url, "backoff", {
    cannot: "render",
    why: `helm says: cannot fetch ${url}, nor git::${url}`,
    fix: `Check ${url}`,
  });
  expect(
    JSON.stringify([failure.message, failure.object, failure.why, failure.fix, { ...failure }]),
  ).not.toContain("hunter2");
  expect(failure.message).toStartWith(
    "https://git.example.com/a: cannot render: helm says: cannot fetch https://git",
  );
});
