import { expect, test } from "bun:test";
import { readGitmodules, submoduleUrl } from "./gitmodules.ts";

test("readGitmodules() reads what git writes, and nothing else", () => {
  const text = [
    '[submodule "a"]\n\tpath = lib/a\n\turl = ../a.git\n\tbranch = main\n\tupdate = !touch pwned',
    '[submodule "with \\"quotes\\""] # a comment\n\tURL = "https://git.example.com/b.git" ; b\n\tPath = b\r',
    "[core]\n\tpath = c\n\turl = https://git.example.com/c.git",
    '[submodule "out"]\n\tpath = ../out\n\turl = ../x.git',
    '[submodule "root"]\n\tpath = .\n\turl = ../x.git',
    '[submodule "half"]\n\tpath = half',
  ].join("\n");
  expect([...readGitmodules(text)]).toEqual([
    ["lib/a", "../a.git"],
    ["b", "https://git.example.com/b.git"],
  ]);
});

test.each([
  ["https://x.example/y.git", "https://git.example.com/team/shop.git", "https://x.example/y.git"],
  ["../lib.git", "https://git.example.com/team/shop.git", "https://git.example.com/team/lib.git"],
  ["../../lib", "https://git.example.com/team/shop.git/", "https://git.example.com/lib"],
  ["./lib", "https://git.example.com/shop", "https://git.example.com/shop/lib"],
  ["../../../lib", "https://git.example.com/team/shop", undefined],
  ["../..", "https://git.example.com/team/shop", undefined],
  ["../lib.git", "git@git.example.com:team/shop.git", "git@git.example.com:team/lib.git"],
  ["../../lib.git", "git@git.example.com:team/shop.git", "git@git.example.com:lib.git"],
  ["../lib", "ssh://git@git.example.com:22/team/shop", "ssh://git@git.example.com:22/team/lib"],
  ["../lib", "/srv/git/shop", "/srv/git/lib"],
])("submoduleUrl(%p) in %p is %p", (written, repository, url) => {
  expect(submoduleUrl(written, repository)).toBe(url as string);
});

test("a line of much white space is read in time that grows with its length", () => {
  const text = `[submodule "a"]\n\tpath = a\n\turl = https://example.com/${" ".repeat(600_000)}x ; why\n`;
  expect(readGitmodules(text).get("a")?.endsWith("x")).toBe(true);
});
