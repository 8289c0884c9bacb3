import { describe, expect, test } from "bun:test";
import type { Generator } from "../core/model/application-set.ts";
import { ProviderEvents } from "./asked-providers.ts";

const WEB = "https://github.com/Acme/web.git";
const isMeant = (generators: Generator[], kind: "pullRequest" | "scmProvider", url: string): boolean =>
  new ProviderEvents([{ kind, url }]).concerning({ generators }) !== undefined;

describe("an event of a provider concerns", () => {
  const pulls = (of: Record<string, unknown>): Generator => ({ pullRequest: of });
  const cases: [what: string, generator: Generator, url: string, expected: boolean][] = [
    ["the repository that is asked", pulls({ github: { owner: "acme", repo: "web" } }), WEB, true],
    ["no other one", pulls({ github: { owner: "acme", repo: "webs" } }), WEB, false],
    ["nobody of that name elsewhere", pulls({ github: { owner: "web", repo: "acme" } }), WEB, false],
    [
      "a project of GitLab by its path",
      pulls({ gitlab: { project: "a/b/c" } }),
      "git@gl.example.com:a/b/c.git",
      true,
    ],
    ["any project of GitLab that is a number", pulls({ gitlab: { project: "15" } }), WEB, true],
    ["any that a matrix fills in", pulls({ github: { owner: "acme", repo: "{{repo}}" } }), WEB, true],
    [
      "the server of that API",
      pulls({ gitea: { owner: "acme", repo: "web", api: "https://gitea.example.com/" } }),
      "https://gitea.example.com/acme/web",
      true,
    ],
    [
      "not a server of another name",
      pulls({ gitea: { owner: "acme", repo: "web", api: "https://gitea.example.com/" } }),
      "https://gitea-example.com/acme/web",
      false,
    ],
    [
      "Azure DevOps by organisation, project and repository",
      pulls({ azuredevops: { organization: "acme", project: "Platform", repo: "web" } }),
      "https://acme@dev.azure.com/acme/Platform/_git/web",
      true,
    ],
    [
      "Bitbucket Data Center by project and repository",
      pulls({ bitbucketServer: { project: "ACME", repo: "web", api: "https://bb.example.com/rest" } }),
      "https://bb.example.com/scm/acme/web.git",
      true,
    ],
    [
      "a generator in a matrix",
      {
        matrix: { generators: [{ list: {} }, pulls({ github: { owner: "acme", repo: "web" } })] },
      } as Generator,
      WEB,
      true,
    ],
    ["no generator of Git", { git: { repoURL: WEB } } as Generator, WEB, false],
  ];
  test.each(cases)("%s", (_, generator, url, expected) => {
    expect(isMeant([generator], "pullRequest", url)).toBe(expected);
  });

  test("by a repository that came, sets that list its organisation, and none that ask for pull requests", () => {
    const lists: Generator = { scmProvider: { github: { organization: "acme" } } };
    expect(isMeant([lists], "scmProvider", WEB)).toBe(true);
    expect(isMeant([lists], "scmProvider", "https://github.com/other/web")).toBe(false);
    expect(isMeant([lists], "pullRequest", WEB)).toBe(false);
  });

  test("what is no address, without end, or a pattern, nobody, and costs little", () => {
    const asks = pulls({ github: { owner: "acme", repo: "web" } });
    for (const url of ["", "%%", ".*", "(a+)+$", "a/".repeat(1_000)])
      expect(isMeant([asks], "pullRequest", url)).toBe(false);
  });
});
