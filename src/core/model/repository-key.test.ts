import { describe, expect, test } from "bun:test";
import { repositoryId, repositoryKey } from "./repository-key.ts";

describe("repositoryKey()", () => {
  test.each<{ forms: string[] }>([
    {
      forms: [
        "https://git.example.com/team/shop",
        "https://git.example.com/team/shop.git",
        "https://git.example.com/team/shop/",
        "https://git.example.com/team/shop.git/",
        "HTTPS://Git.Example.com/Team/shop",
        "https://git.example.com:443/team/shop",
        " https://git.example.com/team/shop ",
      ],
    },
    {
      forms: [
        "git@git.example.com:team/shop",
        "git@git.example.com:team/shop.git",
        "git@git.example.com:/team/shop",
        "ssh://git@git.example.com/team/shop.git",
        "ssh://git@git.example.com:22/team/shop",
      ],
    },
    { forms: ["oci://registry.example.com:5000/team", "registry.example.com:5000/team/"] },
    { forms: ["git@git.example.com:", "ssh://git@git.example.com/"] },
  ])("is the same for $forms.0 in its other forms", ({ forms: [first = "", ...others] }) => {
    for (const other of others) expect([other, repositoryKey(other)]).toEqual([other, repositoryKey(first)]);
  });

  test.each([
    ["https://git.example.com/team/shop", "https://git.example.com/team/shop-b"],
    ["https://git.example.com/team/shop", "http://git.example.com/team/shop"],
    ["https://git.example.com/team", "https://git.example.com:8443/team"],
    ["git@git.example.com:team/shop", "other@git.example.com:team/shop"],
    ["ssh://git@git.example.com/shop", "ssh://git@git.example.com:2222/shop"],
    ["registry.example.com:5000/team", "registry.example.com:500/team"],
    ["https://git.example.com/shop.git.git", "https://git.example.com/shop"],
  ])("%s is not %s", (one, other) => {
    expect(repositoryKey(one)).not.toBe(repositoryKey(other));
  });
});

test("repositoryId() tells types and projects apart", () => {
  const url = "https://example.com/a";
  const ids = [{ url }, { url, type: "helm" as const }, { url, project: "team" }].map(repositoryId);
  expect(new Set(ids).size).toBe(3);
  expect(repositoryId({ url, type: "git", project: "" })).toBe(repositoryId({ url }));
});
