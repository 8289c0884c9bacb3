import { expect, test } from "bun:test";
import { looksRemote, readsAsRemote } from "./remote-names.ts";

test.each([
  "https://example.com/x.yaml",
  "HTTP:example.com/x.yaml",
  "file:///x?ref=--upload-pack=id",
  "FILE:///x",
  "ssh://git@example.com/e/r",
  "git::https://example.com/r",
  "GIT::file:///x",
  "gh:e/r",
  "oci://example.com/r",
  "github.com/e/r",
  "GitHub.com:e/r",
  "g\u0130thub.com/e/r",
  "git@example.com:e/r.git",
  "Anybody-1@example.com/e/r",
  "folder?ref=main",
  "a/b?timeout=1&version=2",
  "org/project/_git/repo",
])("readsAsRemote(%p)", (name) => {
  expect(readsAsRemote(name)).toBe(true);
});

test.each([
  "../base",
  "base.yaml",
  "my.github.com.yaml",
  "gitea/base",
  "github.community/base",
  "https/base",
  "fileserver",
  "overlays//a",
  "roles/system:node.yaml",
  "@scope/package",
  "./a@b.yaml",
])("readsAsRemote(%p) is false", (name) => {
  expect(readsAsRemote(name)).toBe(false);
});

test("looksRemote() knows more forms, for the words about a name that leads nowhere", () => {
  expect(["example.com/r.git//p", "www.github.com/e/r", "me.too@host:path"].map(looksRemote)).toEqual([
    true,
    true,
    true,
  ]);
  expect(looksRemote("../base")).toBe(false);
});
