import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { pushHint } from "./push-hint.ts";

describe("pushHint()", () => {
  const cases: { from: string; payload: unknown; ref: string; urls: string[] }[] = [
    {
      from: "GitHub",
      payload: {
        ref: "refs/heads/main",
        repository: {
          html_url: "https://github.example.com/a/b",
          clone_url: "https://github.example.com/a/b.git",
          ssh_url: "git@github.example.com:a/b.git",
          url: "https://github.example.com/a/b",
        },
      },
      ref: "refs/heads/main",
      urls: [
        "https://github.example.com/a/b",
        "https://github.example.com/a/b.git",
        "git@github.example.com:a/b.git",
      ],
    },
    {
      from: "GitLab",
      payload: {
        object_kind: "push",
        ref: "refs/heads/dev",
        project: {
          web_url: "https://gl/a/b",
          git_http_url: "https://gl/a/b.git",
          git_ssh_url: "git@gl:a/b.git",
        },
        repository: { homepage: "https://gl/a/b" },
      },
      ref: "refs/heads/dev",
      urls: ["https://gl/a/b", "https://gl/a/b.git", "git@gl:a/b.git"],
    },
    {
      from: "Bitbucket Cloud",
      payload: {
        push: { changes: [{ new: { name: "main" } }] },
        repository: { links: { html: { href: "https://bb/a/b" } } },
      },
      ref: "main",
      urls: ["https://bb/a/b"],
    },
    {
      from: "Bitbucket Server",
      payload: {
        changes: [{ ref: { id: "refs/heads/main" } }],
        repository: {
          links: { clone: [{ href: "https://bb/scm/a/b.git" }, { href: "ssh://git@bb:7999/a/b.git" }] },
        },
      },
      ref: "refs/heads/main",
      urls: ["https://bb/scm/a/b.git", "ssh://git@bb:7999/a/b.git"],
    },
    {
      from: "Azure DevOps",
      payload: {
        resource: {
          refUpdates: [{ name: "refs/heads/main" }],
          repository: { remoteUrl: "https://dev/_git/b" },
        },
      },
      ref: "refs/heads/main",
      urls: ["https://dev/_git/b"],
    },
  ];
  test.each(cases)("reads a push of $from", ({ payload, ref, urls }) => {
    const hint = pushHint(payload);
    expect([hint?.ref, new Set(hint?.urls)]).toEqual([ref, new Set(urls)]);
  });

  // Each of these once stopped a server of this kind (security-and-reliability, WH-2).
  const others: [string, unknown][] = [
    ["nothing", null],
    ["a list", []],
    ["a text", "push"],
    ["an empty object", {}],
    ["a repository that is null", { repository: null }],
    ["links that are no list", { repository: { links: { clone: "https://x" } } }],
    ["no updates", { resource: { refUpdates: [] } }],
    ["an empty address", { repository: { html_url: "" } }],
    ["a list for an address", { ref: 7, repository: { url: ["https://x"] } }],
    ["an address without end", { repository: { url: "https://x/".padEnd(5_000, "y") } }],
  ];
  for (const [what, payload] of others)
    test(`finds nothing in ${what}`, () => expect(pushHint(payload)).toBeUndefined());

  test("never throws, whatever arrives", () => {
    const near = fc.letrec((tie) => ({
      value: fc.oneof(
        { maxDepth: 5 },
        fc.string(),
        fc.integer(),
        fc.constant(null),
        fc.array(tie("value"), { maxLength: 3 }),
        tie("object"),
      ),
      object: fc.dictionary(
        fc.constantFrom(
          "repository",
          "project",
          "push",
          "changes",
          "links",
          "clone",
          "html",
          "href",
          "url",
          "resource",
          "refUpdates",
          "ref",
          "new",
          "name",
          "__proto__",
        ),
        tie("value"),
        { maxKeys: 5 },
      ),
    })).value;
    fc.assert(
      fc.property(near, (payload) => void pushHint(payload)),
      { numRuns: 500 },
    );
  });

  test("takes no addresses without end", () => {
    const clone = Array.from({ length: 5_000 }, (_, at) => ({ href: `https://git.example.com/${at}` }));
    expect(pushHint({ repository: { links: { clone } } })?.urls).toHaveLength(20);
  });
});
