import { describe, expect, test } from "bun:test";
import { tellsSecret, withoutUserinfo } from "./url-userinfo.ts";

describe("withoutUserinfo()", () => {
  test.each([
    ["https://ci:pw@git.example.com/a", "https://git.example.com/a"],
    ["https://ci@git.example.com/a", "https://git.example.com/a"],
    ["https://ci:p@ss@git.example.com/a", "https://git.example.com/a"],
    ["https://git.example.com/a@b", "https://git.example.com/a@b"],
    ["ssh://git@git.example.com/a", "ssh://git@git.example.com/a"],
    ["git+ssh://git:pw@git.example.com/a", "git+ssh://git@git.example.com/a"],
    ["git@git.example.com:a", "git@git.example.com:a"],
    ['no "https://a:b@x/" and git::HTTPS://c:d@y/z?ref=e@f', 'no "https://x/" and git::HTTPS://y/z?ref=e@f'],
    ["https://x/ mail jo@example.com", "https://x/ mail jo@example.com"],
  ])("%s", (text, want) => expect(withoutUserinfo(text)).toBe(want));
});

describe("tellsSecret()", () => {
  test.each([
    "https://ci:pw@git.example.com/a",
    "https://:pw@git.example.com/a",
    "HTTPS://ci:p@ss@git.example.com/a",
    "ssh://git:pw@git.example.com/a",
    "https://ghp_0123456789abcdefghijABCDEFGHIJ@github.com/o/r",
    "https://github_pat_11ABC@github.com/o/r",
    "https://glpat-abc@gitlab.com/o/r",
    "https://0123456789abcdef0123456789abcdef01234567@git.example.com/a",
    " https://ci:pw@git.example.com/a",
  ])("%s does", (url) => expect(tellsSecret(url)).toBe(true));

  test.each([
    "https://git.example.com/a",
    "https://contoso@dev.azure.com/contoso/p/_git/r",
    "https://ci:@git.example.com/a",
    "ssh://git@git.example.com/a",
    "git@git.example.com:a:b@c",
    "https://git.example.com/a:b@c",
    "/srv/git/a:b@c",
    "",
  ])("%s does not", (url) => expect(tellsSecret(url)).toBe(false));
});
