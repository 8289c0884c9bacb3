import { describe, expect, test } from "bun:test";
import { namesUser, tellsSecret, withoutUserinfo } from "./url-userinfo.ts";

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
    ["oci://ci:pw@r.example.com/a", "oci://r.example.com/a"],
    ["oci://ci@r.example.com/a", "oci://r.example.com/a"],
    ["ci:pw@r.example.com/a", "r.example.com/a"],
    ["ci:p@ss:w@r.example.com:5000/a", "r.example.com:5000/a"],
    ["ci@r.example.com/a", "r.example.com/a"],
    ["ci@r.example.com:5000/a", "r.example.com:5000/a"],
    ["ci:pw@git.example.com:a/b", "git.example.com:a/b"],
    ['repository "ci:pw@r.example.com": no', 'repository "r.example.com": no'],
    ["git@git.example.com:a/b and c:d@e", "git@git.example.com:a/b and e"],
    ["/srv/git/a:b@c", "/srv/git/a:b@c"],
    [`web:1.2@sha256:${"0".repeat(64)}`, `web:1.2@sha256:${"0".repeat(64)}`],
    [`r.example.com/web:1.2@sha256:${"0".repeat(64)}`, `r.example.com/web:1.2@sha256:${"0".repeat(64)}`],
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
    "oci://ci:pw@r.example.com/a",
    "oci://ghp_0123456789abcdefghijABCDEFGHIJ@r.example.com/a",
    "ci:pw@r.example.com/a",
    "ci:pw@r.example.com",
    "ci:p@ss@r.example.com:5000/a",
    "ghp_0123456789abcdefghijABCDEFGHIJ@r.example.com/a",
    "ci:pw@git.example.com:a/b",
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

describe("namesUser()", () => {
  test.each([
    "oci://ci@r.example.com/a",
    "ci@r.example.com/a",
    "ci@r.example.com",
    "ci@r.example.com:5000/a",
  ])("%s does, where nobody reads it", (url) => expect(namesUser(url, "oci")).toBe(true));

  test.each([
    "https://contoso@dev.azure.com/contoso/p/_git/r",
    "ssh://git@git.example.com/a",
    "git@git.example.com:a:b@c",
    "oci://r.example.com/a@b",
    "/srv/git/a@b",
    "git@git.example.com",
    "git@git.example.com:",
  ])("%s does not", (url) => expect(namesUser(url, "git")).toBe(false));
});
