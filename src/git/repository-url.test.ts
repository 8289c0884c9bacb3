import { describe, expect, test } from "bun:test";
import type { Failure } from "../core/model/failure.ts";
import { parseRepository } from "./repository-url.ts";

describe("parseRepository()", () => {
  test.each([
    ["git@git.example.com:team/apps.git", "git.example.com", 22],
    ["ssh://git@git.example.com:2222/team/apps", "git.example.com", 2222],
    ["jo@example.com@git.example.com:29418/apps", "git.example.com", 22],
    ["jo@example.com@git.example.com:apps", "git.example.com", 22],
    ["ssh://jo@example.com@git.example.com:29418/apps", "git.example.com", 29418],
  ])("%p is reached by ssh at %p, port %p", (url, host, port) => {
    expect(parseRepository({ url }).at).toMatchObject({ kind: "ssh", host, port });
  });

  test.each([
    "https://evil.example\\@git.example.com/x",
    "https://git.example.com/ours/../theirs/x",
    "https://git.example.com/ours/%2e%2e/theirs/x",
    "ssh://git@git.example.com/ours/../theirs/x",
  ])("%p is refused: it leads away from where it begins", (url) => {
    expect(() => parseRepository({ url })).toThrow("its address holds");
  });

  test.each(["-x@host:p", "jo@-oProxyCommand=x:p", "a@b@-host:p", "ext::sh -c x", "a@b@c", "jo@host@:p"])(
    "%p is refused",
    (url) => {
      expect(() => parseRepository({ url })).toThrow("cannot use this repository URL");
    },
  );
});

test("the forms that a refused address is told are taken, and all schemes that are taken are told", () => {
  let fix = "";
  try {
    parseRepository({ url: "git://git.example.com/shop" });
  } catch (cause) {
    fix = (cause as Failure).fix ?? "";
  }
  const forms = [...fix.matchAll(/(?:https?|ssh|file):\/\/[^\s,]+|user@host:path/g)].map(([form]) => form);
  expect(forms.map((form) => form.split(/:\/\/|@/, 1)[0])).toEqual(["https", "http", "ssh", "user", "file"]);
  for (const url of forms) expect(() => parseRepository({ url })).not.toThrow();
});
