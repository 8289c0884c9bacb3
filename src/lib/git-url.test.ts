import { describe, expect, test } from "bun:test";
import { comparableGitUrl, repositoryPlace } from "./git-url.ts";

describe("comparableGitUrl()", () => {
  test.each([
    ["https://Git.Example.com/Team/Apps.git", "https://git.example.com/team/apps"],
    ["https://git.example.com/team/apps/", "https://git.example.com/team/apps"],
    ["git@git.example.com:team/apps.git", "git@git.example.com/team/apps"],
    ["ssh://git@git.example.com/team/apps", "git@git.example.com/team/apps"],
    [" https://git.example.com:8443/x ", "https://git.example.com:8443/x"],
    ["jo@example.com@git.example.com:team/apps", "jo@example.com@git.example.com/team/apps"],
    ["oci://registry/x", "oci://registry/x"],
    ["https://git.example.com:443/x", "https://git.example.com/x"],
    ["https://jo:443@git.example.com:443", "https://jo:443@git.example.com"],
    ["http://git.example.com:80/x", "http://git.example.com/x"],
    ["http://git.example.com:443/x", "http://git.example.com:443/x"],
    ["ssh://git@git.example.com:22/x", "git@git.example.com/x"],
    ["https://git.example.com/x:443/", "https://git.example.com/x:443"],
  ])("%p is compared as %p", (url, want) => {
    expect(comparableGitUrl(url)).toBe(want);
  });
});

describe("repositoryPlace()", () => {
  const places: [place: string, urls: string[]][] = [
    [
      "git.example.com/team/apps",
      [
        "https://u:p@Git.Example.com/Team/Apps.git",
        "git@git.example.com:team/apps",
        "jo@example.com@git.example.com:team/apps",
        "ssh://git@git.example.com/team/apps.git/",
        "ssh://git@git.example.com:22/team/apps",
        "git@git.example.com:22/team/apps.git",
        "https://git.example.com:8443/team/apps",
        "ssh://git@ssh.git.example.com:443/team/apps.git",
        "ssh://git@altssh.git.example.com:443/team/apps.git",
        "git@ssh.git.example.com:team/apps",
      ],
    ],
    [
      "docker.io/acme/web",
      ["oci://registry-1.docker.io/acme/web", "index.docker.io/acme/web", "docker.io/Acme/web"],
    ],
    ["github.com/o/r", ["https://github.com/o/r", "ssh://git@ssh.github.com:443/o/r.git"]],
    ["gitlab.com/o/r", ["git@gitlab.com:o/r.git", "ssh://git@altssh.gitlab.com:443/o/r.git"]],
    [
      "dev.azure.com/org/my project/repo",
      [
        "https://dev.azure.com/org/My%20Project/_git/repo",
        "https://org@dev.azure.com/org/My%20Project/_git/repo",
        "git@ssh.dev.azure.com:v3/org/My%20Project/repo",
        "ssh://git@ssh.dev.azure.com:22/v3/org/my project/repo",
        "https://org.visualstudio.com/My%20Project/_git/repo",
        "https://org.visualstudio.com/DefaultCollection/My%20Project/_git/repo",
        "org@vs-ssh.visualstudio.com:v3/org/My%20Project/repo",
      ],
    ],
    [
      "dev.azure.com/org/repo/repo",
      ["https://dev.azure.com/org/_git/repo", "git@ssh.dev.azure.com:v3/org/repo/repo"],
    ],
    ["git.example.com/a@b", ["git@git.example.com:a@b", "https://git.example.com/a@b"]],
    ["file.example.com/%zz", ["https://file.example.com/%zz"]],
  ];
  for (const [place, urls] of places)
    test.each(urls)(`%p is at ${place}`, (url) => {
      expect(repositoryPlace(url)).toBe(place);
    });

  test.each([
    ["https://an.example.com/o/r", "https://an-example.com/o/r"],
    ["https://example.com/o/r", "ssh://git@unknown.example.com:443/o/r"],
    ["https://example.com/o/r", "https://example.com/o/r2"],
    ["https://example.com/22/r", "https://example.com/r"],
    ["https://dev.azure.com/org/a/_git/r", "https://dev.azure.com/org/b/_git/r"],
  ])("%p and %p are two", (one, other) => {
    expect(repositoryPlace(one)).not.toBe(repositoryPlace(other));
  });
});
