import { expect, test } from "bun:test";
import { kindOfAddress, readTarget } from "./remote-target.ts";

test.each<[text: string, repoURL: string, path: string, revision: string]>([
  ["github.com/org/repo", "https://github.com/org/repo", "", ""],
  ["github.com/org/repo/deep/er?ref=v1.2.3", "https://github.com/org/repo", "deep/er", "v1.2.3"],
  ["GitHub.com/org/repo//deep?ref=main", "https://github.com/org/repo", "deep", "main"],
  ["github.com:org/repo//deep", "https://github.com/org/repo", "deep", ""],
  ["http://github.com/org/repo", "https://github.com/org/repo", "", ""],
  ["https://github.com/org/repo.git/deep?ref=v1", "https://github.com/org/repo.git", "deep", "v1"],
  ["git@github.com:org/repo.git//deep?ref=v1", "git@github.com:org/repo.git", "deep", "v1"],
  ["git@github.com/org/repo/deep", "git@github.com:org/repo", "deep", ""],
  ["org-12345@github.com:org/repo", "org-12345@github.com:org/repo", "", ""],
  ["ssh://git@github.com/org/repo/deep", "git@github.com:org/repo", "deep", ""],
  ["git@git.example.com:a/b/c.git?ref=v0.1.0", "git@git.example.com:a/b/c.git", "", "v0.1.0"],
  ["ssh://git@git.example.com:7999/a/b.git//p", "ssh://git@git.example.com:7999/a/b.git", "p", ""],
  ["git::https://git.example.com/a/b//p?ref=x", "https://git.example.com/a/b", "p", "x"],
  ["GIT::ssh://git@git.example.com/a/b", "ssh://git@git.example.com/a/b", "", ""],
  ["https://git.example.com/group/sub/repo//p", "https://git.example.com/group/sub/repo", "p", ""],
  ["https://git.example.com/a/b/c/d", "https://git.example.com/a/b", "c/d", ""],
  ["https://git.example.com/scm/p/repo.git", "https://git.example.com/scm/p/repo.git", "", ""],
  [
    "https://me@dev.azure.com/org/project/_git/repo/deep?version=v1",
    "https://me@dev.azure.com/org/project/_git/repo",
    "deep",
    "v1",
  ],
  ["https://tfs.example.com/c/p/_git/repo", "https://tfs.example.com/c/p/_git/repo", "", ""],
  [
    "https://git-codecommit.us-east-2.amazonaws.com/a/b/p",
    "https://git-codecommit.us-east-2.amazonaws.com/a/b",
    "p",
    "",
  ],
  [
    "github.com/org/repo?ref=group/version&timeout=90s&submodules=false",
    "https://github.com/org/repo",
    "",
    "group/version",
  ],
  ["github.com/org/repo?version=v1&ref=v2", "https://github.com/org/repo", "", "v2"],
  ["github.com/org/repo?ref=a%2Fb", "https://github.com/org/repo", "", "a/b"],
  ["https://github.com/org/repo//deep/er/?ref=v1", "https://github.com/org/repo", "deep/er", "v1"],
  ["https://github.com/org/repo//a/../b?ref=v1", "https://github.com/org/repo", "b", "v1"],
])("readTarget(%p)", (text, repoURL, path, revision) =>
  expect(readTarget(text)).toEqual({ is: "repository", repoURL, path, revision }),
);

test.each([
  "/absolute",
  "../../relative",
  "src/github.com/org/repo/path",
  "word",
  "htxxxtp://github.com/",
  "ssh://git.example.com",
  "git::___",
  "https://host?ref=group/version",
  "github.com!org/repo.git//path",
  "gh:org/repo",
  "https://github.com/only.yaml",
])("readTarget(%p) is no address", (text) => expect(readTarget(text)).toEqual({ is: "no address" }));

test.each([
  ["file:///srv/repo//p", "the daemon's own machine"],
  ["git::FILE:///etc", "the daemon's own machine"],
  ["https://github.com/org/repo.git//p/../../out", "it leads out of the repository"],
  ["https://github.com/org/repo//%2e%2e/x", "percent-encoded"],
  ["github.com/org/repo?ref=a;b", "what stands behind its ?"],
  ["github.com/org/repo?ref=%zz", "what stands behind its ?"],
])("readTarget(%p) is refused", (text, why) =>
  expect(readTarget(text)).toMatchObject({ is: "refused", why: expect.stringContaining(why) }),
);

test.each([
  ["https://raw.githubusercontent.com/org/repo/v1/deploy/crds.yaml", "file"],
  ["https://github.com/org/repo/releases/download/v1/install.yaml", "file"],
  ["https://git.example.com/a/b/-/raw/main/x.YML?ref_type=heads", "file"],
  ["https://example.com/install", "file"],
  ["https://github.com/org/repo/deep", "repository"],
  ["https://git.example.com/a/b.git/x.yaml", "repository"],
  ["https://git.example.com/a/b//x", "repository"],
  ["https://git.example.com/a/b?ref=v1", "repository"],
  ["https://tfs.example.com/c/p/_git/repo", "repository"],
  ["https://git.example.com/a/b", "unclear"],
  ["https://git.example.com/api/v4/projects/1/repository/files/x/raw?ref=main", "unclear"],
])("kindOfAddress(%p) is %p", (text, kind) => expect<string>(kindOfAddress(text)).toBe(kind));
