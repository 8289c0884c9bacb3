import { describe, expect, test } from "bun:test";
import type { CommitSha } from "../core/model/commit-sha.ts";
import type { Refs } from "./refs.ts";
import { isRefName } from "./refs.ts";
import { parseRevision, resolveRevision } from "./revision.ts";

const sha = (digit: string): CommitSha => digit.repeat(40) as CommitSha;
const refs: Refs = {
  format: "sha1",
  head: { commit: sha("a"), ref: "refs/heads/main" },
  commitByName: new Map([
    ["refs/heads/main", sha("a")],
    ["refs/heads/1.x", sha("b")],
    ["refs/heads/2.0", sha("b")],
    ["refs/tags/1.4.0", sha("c")],
    ["refs/tags/v1.5.0", sha("d")],
    ["refs/tags/web-1.6.0", sha("e")],
    ["refs/tags/web-v1.7.0", sha("f")],
  ]),
};
const ask = (text: string, tagPrefix = "", known: string[] = []): string => {
  const revision = parseRevision(text);
  if (revision.is === "commit" || revision.is === "refused") return revision.is;
  const answer = resolveRevision(
    revision,
    refs,
    tagPrefix,
    known.filter((id) => id.startsWith(text.toLowerCase())) as CommitSha[],
  );
  return answer.is === "found" ? answer.resolved.ref || answer.resolved.commit : `missing: ${answer.why}`;
};

describe("resolveRevision()", () => {
  test.each([
    ["a branch named like a constraint wins over the constraint", "1.x", "", "refs/heads/1.x"],
    ["a constraint looks at tags only", "2.x", "", "missing: no tag satisfies this constraint"],
    [
      "a plain version is a name, not a range",
      "1.4",
      "",
      "missing: there is no branch, tag or commit of this name",
    ],
    ["a prefix picks tags, and what follows it counts", "1.*", "web-", "refs/tags/web-v1.7.0"],
    ["a plain version with a prefix is that tag", "1.6.0", "web-", "refs/tags/web-1.6.0"],
    [
      "a prefix without tags says so",
      "*",
      "api-",
      'missing: no tag that begins with "api-" satisfies this constraint',
    ],
    ["without a prefix, prefixed tags are no versions", "*", "", "refs/tags/v1.5.0"],
    ["a short SHA of a tip", "cccc", "", sha("c")],
  ])("%s", (_, text, tagPrefix, want) => expect(ask(text, tagPrefix)).toBe(want));

  test("a short SHA of a known commit is found, and one of two is not", () => {
    expect(ask("1234", "", [`1234${"0".repeat(36)}`])).toBe(`1234${"0".repeat(36)}`);
    expect(ask("1234", "", [`1234${"0".repeat(36)}`, `1234${"1".repeat(36)}`])).toBe(
      "missing: 2 commits begin with it",
    );
  });
});

describe("isRefName()", () => {
  test.each(["refs/heads/main", "refs/heads/feature/ünïcode", "refs/tags/v1.0", "refs/pull/7/head"])(
    "%j is one",
    (name) => expect(isRefName(name)).toBe(true),
  );
  test.each([
    "main",
    "../../x",
    "refs/heads/a/../../../b",
    "refs/heads/x.lock",
    "refs/heads/.x",
    "refs/heads/a\nb",
    "refs/heads//x",
    "refs/heads/",
    "refs/heads/a b",
    "refs/heads/a~1",
    "refs/heads/a^",
    "refs/heads/a:b",
    "refs/heads/@{1}",
    "refs/heads/x.",
    "refs/heads/a\\b",
    `refs/heads/${"x".repeat(4096)}`,
  ])("%j is none", (name) => expect(isRefName(name)).toBe(false));
});
