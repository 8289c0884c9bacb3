import { expect, test } from "bun:test";
import type { Project } from "../../core/model/project.ts";
import { isFollowed, refusalOfBase } from "./base-fetcher.ts";

const project = (sourceRepos: string[]): Project =>
  ({ metadata: { name: "shop" }, spec: { sourceRepos } }) as Project;
const RULES = { remoteBases: ["https://**"], repositories: [{ url: "https://git.corp/" }] };

test.each<{ url: string; sourceRepos: string[]; says: string | undefined }>([
  { url: "https://github.com/org/repo", sourceRepos: ["*"], says: undefined },
  { url: "https://github.com/org/repo", sourceRepos: ["https://github.com/org/*"], says: undefined },
  {
    url: "https://github.com/other/repo",
    sourceRepos: ["https://github.com/org/*"],
    says: "application repo https://github.com/other/repo is not permitted in project 'shop'",
  },
  // The project alone does not open the network.
  { url: "https://git.svc/a/b", sourceRepos: ["https://git.svc/**"], says: "a network of its own" },
  { url: "https://git.corp/a/b", sourceRepos: ["*"], says: undefined },
  { url: "https://git.corp/a/b", sourceRepos: ["https://github.com/**"], says: "not permitted in project" },
])("refusalOfBase($url) in a project of $sourceRepos says $says", ({ url, sourceRepos, says }) => {
  const refused = refusalOfBase(url, RULES, project(sourceRepos));
  if (says === undefined) expect(refused).toBeUndefined();
  else expect(refused?.why).toContain(says);
});

test("isFollowed() is what may move by itself", () => {
  const refs = ["refs/heads/main", "refs/pull/1/head", "refs/tags/v1", ""];
  expect(refs.map((ref) => isFollowed({ ref }))).toEqual([true, true, false, false]);
});
