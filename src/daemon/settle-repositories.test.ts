import { describe, expect, test } from "bun:test";
import { NO_TRUST } from "../core/argocd/host-trust.ts";
import { newKept } from "../core/argocd/kept-repository.ts";
import { showProblem } from "../core/model/problem.ts";
import type { RepositoryAccess } from "../core/model/repository-access.ts";
import { Secret } from "../core/model/secret.ts";
import { type AddedRepository, settleRepositories } from "./settle-repositories.ts";

const added = (
  name: string,
  data: Record<string, string>,
  {
    use = "repository",
    at = "2026-11-29T10:00:00Z",
    in: where = "secret",
  }: {
    use?: "repository" | "repo-creds";
    at?: string;
    in?: "secret" | "file";
  } = {},
): AddedRepository => {
  const shown = `Secret argocd/${name}`;
  const parsed = newKept(use, data, { shown, at });
  if (!parsed.ok) throw new Error(parsed.problems.map(showProblem).join());
  return {
    kept: parsed.value,
    place: where === "secret" ? { in: "secret", secret: shown } : { in: "file", file: `${name}.json` },
  };
};
const settle = (repositories: RepositoryAccess[], ...all: AddedRepository[]) =>
  settleRepositories({ repositories, git: { implementation: "auto" } }, all, NO_TRUST);
const users = ({ entries }: ReturnType<typeof settle>) => entries.map(({ url, username }) => [url, username]);

describe("settleRepositories()", () => {
  test("an entry of the config stands before an added one for the same address, and both are named", () => {
    const settled = settle(
      [{ url: "https://git.example.com/Shop/", username: "config" }],
      added("a", { url: "https://git.example.com/shop", username: "secret" }),
      added("b", { url: "https://git.example.com/other", username: "secret" }),
      added("c", { url: "https://git.example.com/shop.git", username: "file" }, { in: "file" }),
    );
    expect(users(settled)).toEqual([["https://git.example.com/other", "secret"]]);
    expect(settled.problems.map(showProblem)).toContain(
      "repository https://git.example.com/shop: stands in repositories of the config and in a Secret of the home cluster; that of the config counts. Remove one of them",
    );
    expect(settled.problems.map(showProblem).join()).toContain("repositories/c.json of the data folder");
    expect(settled.known.map(({ place, id }) => [place.in, id.url])).toEqual([
      ["config", "https://git.example.com/Shop/"],
      ["secret", "https://git.example.com/other"],
    ]);
  });

  test("of a file and a Secret for one address the older one counts, and the younger one is told", () => {
    const url = "https://git.example.com/shop";
    const settled = settle(
      [],
      added("young", { url, username: "young" }, { at: "2026-11-29T11:00:00Z", in: "file" }),
      added("old", { url: `${url}.git`, username: "old" }),
    );
    expect(users(settled)).toEqual([[`${url}.git`, "old"]]);
    expect(settled.problems).toHaveLength(1);
    expect(settled.known.map(({ place }) => place.in)).toEqual(["secret"]);
  });

  test("who asks is not told where an address says it", () => {
    const url = "https://canary-5d1f@git.example.com/shop";
    const { problems } = settle([{ url }], added("a", { url, username: "x" }));
    expect(problems.map(({ object }) => object)).toEqual(["repository https://git.example.com/shop"]);
  });

  test("one without credentials has those of repo-creds, else of the config around it, else none", () => {
    const config = [{ url: "https://git.example.com/", username: "config", password: new Secret("p") }];
    const creds = added(
      "creds",
      { url: "https://git.example.com/team", username: "team" },
      { use: "repo-creds" },
    );
    const settled = settle(
      config,
      creds,
      added("a", { url: "https://git.example.com/team/shop" }),
      added("b", { url: "https://git.example.com/teams/shop" }),
      added("c", { url: "https://elsewhere.example.com/shop" }),
    );
    const byUrl = new Map(
      settled.known.map(({ id, credentials, entry }) => [id.url, [credentials, entry.username]]),
    );
    expect(byUrl.get("https://git.example.com/team/shop")).toEqual(["inherited", "team"]);
    expect(byUrl.get("https://git.example.com/teams/shop")).toEqual(["inherited", "config"]);
    expect(byUrl.get("https://elsewhere.example.com/shop")).toEqual(["none", undefined]);
  });
});
