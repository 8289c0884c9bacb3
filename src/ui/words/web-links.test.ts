import { describe, expect, test } from "bun:test";
import { isWebAddress, linksOf, noticeOf, type RepositoryPlace, webAddress } from "./web-links.ts";

const SHA = "9f2e1aa0c3f1d7b4e58a6c2f0b9d3e4a5c6b7d81";

describe("webAddress()", () => {
  const commit: RepositoryPlace = { revision: SHA, path: "apps/web", is: "commit" };
  const folder: RepositoryPlace = { ...commit, is: "folder" };
  const file: RepositoryPlace = { revision: SHA, path: "apps/web.yaml", is: "file", line: 7 };
  const cases: [string, RepositoryPlace | undefined, string | undefined][] = [
    ["https://github.com/shop/deploy.git", undefined, "https://github.com/shop/deploy"],
    ["https://github.com/shop/deploy.git", commit, `https://github.com/shop/deploy/commit/${SHA}`],
    ["git@github.com:shop/deploy.git", folder, `https://github.com/shop/deploy/tree/${SHA}/apps/web`],
    [
      "ssh://git@ssh.github.com:443/shop/deploy",
      file,
      `https://github.com/shop/deploy/blob/${SHA}/apps/web.yaml#L7`,
    ],
    [
      "https://gitlab.example.com/a/b/c.git",
      file,
      `https://gitlab.example.com/a/b/c/-/blob/${SHA}/apps/web.yaml#L7`,
    ],
    ["https://bitbucket.org/a/b.git", commit, `https://bitbucket.org/a/b/commits/${SHA}`],
    ["https://gitea.example.com/a/b", folder, `https://gitea.example.com/a/b/src/commit/${SHA}/apps/web`],
    // Its provider is not known: the repository alone.
    ["https://git.example.com/a/b.git", undefined, "https://git.example.com/a/b"],
    ["https://git.example.com/a/b.git", commit, undefined],
    ["git@git.example.com:a/b.git", undefined, undefined],
    // A name that only contains a provider's is somebody else.
    ["git@notgithub.com.evil.example:a/b.git", undefined, undefined],
    // What no browser is sent to.
    ["file:///srv/git/a.git", undefined, undefined],
    ["/srv/git/a.git", undefined, undefined],
    ["oci://registry.example.com/charts", undefined, undefined],
    ["javascript:alert(1)", undefined, undefined],
    // No password leaves with a link.
    ["https://user:hunter2@github.com/a/b.git", undefined, "https://github.com/a/b"],
    // A branch is no commit.
    ["https://github.com/a/b", { ...commit, revision: "main" }, undefined],
    [
      "https://github.com/a/b",
      { ...folder, revision: "feat/x y", path: "." },
      "https://github.com/a/b/tree/feat/x%20y",
    ],
    ["https://github.com/a/b", { ...folder, revision: "" }, undefined],
  ];
  test.each(cases)("%s, %o", (repoURL, place, want) => {
    expect(webAddress(repoURL, place)).toBe(want);
  });
});

describe("linksOf()", () => {
  test("what is served stands behind what annotations name, each once, and nothing but pages of the web", () => {
    expect(
      linksOf({
        metadata: { annotations: { "link.argocd.argoproj.io/a": "Shop|https://shop.example.com/" } },
        status: {
          summary: {
            externalURLs: [
              "https://shop.example.com/",
              "http://api.example.com/v1",
              "javascript:alert(1)",
              "http://",
            ],
          },
        },
      }),
    ).toEqual([
      { title: "Shop", url: "https://shop.example.com/" },
      { title: "api.example.com/v1", url: "http://api.example.com/v1" },
    ]);
  });
  test("take a title before a bar, and lead to the web alone", () => {
    expect(
      linksOf({
        metadata: {
          annotations: {
            "link.argocd.argoproj.io/a": "https://a.example.com",
            "link.argocd.argoproj.io/b": "Board|https://b.example.com/x",
            "link.argocd.argoproj.io/c": "Run|javascript:alert(1)",
            "link.argocd.argoproj.io/d": " data:text/html,x",
            other: "https://c.example.com",
          },
        },
      }),
    ).toEqual([
      { title: "a", url: "https://a.example.com" },
      { title: "Board", url: "https://b.example.com/x" },
    ]);
    expect(isWebAddress("\u0000javascript:alert(1)")).toBe(false);
  });
});

describe("noticeOf()", () => {
  const notice = (fields: Record<string, string>) =>
    noticeOf(
      Object.fromEntries(
        Object.entries(fields).map(([name, value]) => [`notice.argocd.argoproj.io/${name}`, value]),
      ),
    );

  test("is nothing without words", () => {
    expect([noticeOf(undefined), notice({ severity: "critical" }), notice({ content: " " })]).toEqual([
      undefined,
      undefined,
      undefined,
    ]);
  });

  test("is for information where its severity is none of the known ones, and leads to the web alone", () => {
    expect(notice({ content: "a", severity: "loud", url: "javascript:x" })).toEqual({
      text: "a",
      severity: "info",
    });
    expect(notice({ content: "a", severity: "critical", url: "https://a.example" })).toEqual({
      ...{ text: "a", severity: "critical", url: "https://a.example" },
    });
  });

  test("is cut at 500 characters, with a sign of it", () => {
    const text = notice({ content: "a".repeat(600) })?.text ?? "";
    expect([text.length, text.at(-1)]).toEqual([500, "…"]);
  });
});
