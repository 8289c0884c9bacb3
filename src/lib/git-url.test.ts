import { describe, expect, test } from "bun:test";
import { comparableGitUrl, repositoryPlace } from "./git-url.ts";

describe("comparableGitUrl()", () => {
  test.each([
    ["https://Git.Example.com/Team/Apps.git", "https://git.example.com/team/apps"],
    ["https://git.example.com/team/apps/", "https://git.example.com/team/apps"],
    ["git@git.example.com:team/apps.git", "git@git.example.com/team/apps"],
    ["ssh://git@git.example.com/team/apps", "git@git.example.com/team/apps"],
    [" https://git.example.com:8443/x ", "https://git.example.com:8443/x"],
    ["oci://registry/x", "oci://registry/x"],
  ])("%p is compared as %p", (url, want) => {
    expect(comparableGitUrl(url)).toBe(want);
  });
});

describe("repositoryPlace()", () => {
  test.each([
    ["https://u:p@Git.Example.com/Team/Apps.git", "git.example.com/team/apps"],
    ["git@git.example.com:team/apps", "git.example.com/team/apps"],
    ["ssh://git@git.example.com/team/apps.git/", "git.example.com/team/apps"],
    ["https://git.example.com:8443/x", "git.example.com:8443/x"],
  ])("%p is at %p", (url, want) => {
    expect(repositoryPlace(url)).toBe(want);
  });
});
