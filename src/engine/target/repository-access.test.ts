import { describe, expect, test } from "bun:test";
import type { RepositoryAccess } from "../../core/model/repository-access.ts";
import { Secret } from "../../core/model/secret.ts";
import { entriesFor, entriesOfAll, repositoryAccess, scopeOf } from "./repository-access.ts";

const entries = [
  { url: "https://git.example.com", username: "host" },
  { url: "https://git.example.com/team", username: "team" },
  { url: "https://git.example.com/team/shop.git", username: "shop", password: new Secret("s") },
  { url: "https://git.example.com/slash/", username: "slash" },
  { url: "ssh://git@git.example.com:2222", username: "ssh" },
  { url: "git@git.example.com:", username: "scp" },
  { url: "git@other.example.com", username: "scp without a colon" },
];

describe("repositoryAccess()", () => {
  test.each([
    { url: "https://git.example.com/else/app.git", username: "host", what: "the host's entry" },
    { url: "https://git.example.com/team/app.git", username: "team", what: "the longest prefix" },
    { url: "https://git.example.com/team/shop.git", username: "shop", what: "the repository's own entry" },
    {
      url: "https://git.example.com/team-b/app.git",
      username: "host",
      what: "no prefix that ends in the middle of a name",
    },
    { url: "https://git.example.com/team", username: "team", what: "a prefix of the whole" },
    { url: "https://git.example.com/team.git", username: "team", what: "a prefix without the .git" },
    { url: "https://GIT.example.com/Team/app.git", username: "team", what: "the same in other letters" },
    {
      url: "https://git.example.com/slash/app.git",
      username: "slash",
      what: "a prefix with a slash at its end",
    },
    {
      url: "https://git.example.com/slashed/app.git",
      username: "host",
      what: "not that one where the name goes on",
    },
    { url: "ssh://git@git.example.com:2222/team/app.git", username: "ssh", what: "a port" },
    { url: "ssh://git@git.example.com:22222/team/app.git", username: undefined, what: "not a longer port" },
    { url: "https://git.example.com:8443/team/app.git", username: undefined, what: "no other port" },
    { url: "https://git.example.com:443/else/app.git", username: "host", what: "the scheme's own port" },
    { url: "git@git.example.com:team/app.git", username: "scp", what: "the short form of ssh" },
    {
      url: "git@other.example.com:team/app.git",
      username: "scp without a colon",
      what: "the short form without its colon",
    },
    {
      url: "https://git.example.community/team/app.git",
      username: undefined,
      what: "nothing of a host whose name begins alike",
    },
    {
      url: "https://git.example.com/team/../team-b/app.git",
      username: undefined,
      what: "nothing where steps lead out of the prefix",
    },
    {
      url: "https://git.example.com/team/%2e%2E/team-b/app.git",
      username: undefined,
      what: "nothing where written steps lead out of the prefix",
    },
    {
      url: "https://evil.example.com/https://git.example.com/team",
      username: undefined,
      what: "nothing of an address in the middle",
    },
  ])("$url gets $what", ({ url, username }) => {
    const access = repositoryAccess(url, entries);
    expect(access.url).toBe(url);
    expect(access.username).toBe(username as string);
  });

  test("the whole entry is lent, not the user's name alone", () => {
    expect(repositoryAccess("https://git.example.com/team/shop.git", entries).password?.reveal()).toBe("s");
    expect(repositoryAccess("/srv/git/app", entries)).toEqual({ url: "/srv/git/app" });
  });
});

test("a registry's entry speaks for its own port alone, with its scheme and without", () => {
  const registries = [{ url: "registry.example.com", type: "oci", username: "ci" } as const];
  const who = (url: string): string | undefined => repositoryAccess(url, registries, "oci").username;
  expect(who("oci://registry.example.com/team")).toBe("ci");
  expect(who("registry.example.com/team")).toBe("ci");
  expect(who("oci://registry.example.com:8443/team")).toBeUndefined();
});

describe("entriesFor()", () => {
  const url = "https://git.example.com/team/app.git";
  const shared = [
    { url: "https://git.example.com/team", username: "everybody" },
    { url: "https://git.example.com/team/", username: "a", project: "a" },
    { url: "https://git.example.com/team", username: "b", project: "b" },
    { url: "https://git.example.com/secret", username: "a", project: "a" },
  ];
  const as = (project: string, of = url) => repositoryAccess(of, entriesFor(shared, project));

  test("gives a project its own entry before everybody's, and nobody else's", () => {
    expect(as("a")).toMatchObject({ username: "a", scope: "a" });
    expect(as("b")).toMatchObject({ username: "b", scope: "b" });
    expect(as("c")).toEqual({ url, username: "everybody" });
    const secret = "https://git.example.com/secret/app.git";
    expect([as("a", secret).username, as("b", secret)]).toEqual(["a", { url: secret }]);
  });

  test("a project's entry that nobody opened speaks for nobody", () => {
    expect(repositoryAccess("https://git.example.com/secret", shared)).toEqual({
      url: "https://git.example.com/secret",
    });
  });

  test("is the very same list for the same project, so that nothing is compared anew", () => {
    expect(entriesFor(shared, "a")).toBe(entriesFor(shared, "a"));
  });

  test("says whose own way to an address is, whatever its type", () => {
    expect([scopeOf(url, shared, "a"), scopeOf(url, shared, "c")]).toEqual(["a", ""]);
    const charts = [{ type: "helm", url: "https://charts.example.com", project: "a" } as const];
    expect(scopeOf("https://charts.example.com", charts, "a")).toBe("a");
  });

  test("whoever asks for all has them all", () => {
    expect(entriesOfAll(shared)).toHaveLength(4);
  });
});

describe("an entry that speaks for itself alone", () => {
  const own: RepositoryAccess = {
    url: "https://git.example.com/team/shop.git",
    username: "own",
    speaksFor: "itself",
  };
  const team: RepositoryAccess = { url: "https://git.example.com/team/", username: "team" };
  const userFor = (url: string): string | undefined => repositoryAccess(url, [own, team]).username;

  test.each([
    "https://git.example.com/team/shop.git",
    "https://git.example.com/team/shop",
    "https://GIT.example.com:443/team/shop/",
  ])("does for %s", (url) => {
    expect(userFor(url)).toBe("own");
  });

  test.each(["https://git.example.com/team/shop.git/deeper", "https://git.example.com/team/shop/deeper"])(
    "leaves %s to who speaks for what is around it",
    (url) => {
      expect(userFor(url)).toBe("team");
      expect(repositoryAccess(url, [own])).toEqual({ url });
    },
  );
});
