import { expect, test } from "bun:test";
import { readScopes } from "./token-scopes.ts";

test.each(["", "  \n \n"])("nothing written is all that the account may: %j", (text) => {
  expect(readScopes(text)).toEqual({ is: "all" });
});

test("lines are scopes, whose objects may have colons", () => {
  expect(readScopes(" applications:sync:team-a/* \n\nclusters:get:https://k8s.example.com:6443\n")).toEqual({
    is: "some",
    scopes: [
      { resource: "applications", action: "sync", object: "team-a/*" },
      { resource: "clusters", action: "get", object: "https://k8s.example.com:6443" },
    ],
  });
});

test.each(["applications", "applications:sync", "applications:sync:", ":get:*", "a b c"])(
  "%j is named with its line, and makes no token of everything",
  (line) => {
    expect(readScopes(`applications:get:*\n${line}`)).toMatchObject({
      is: "wrong",
      why: expect.stringContaining("line 2"),
    });
  },
);
