/** A stand-in for GitHub: what it has is in fields that a test fills. */
import { type ProviderStand, pageOf, providerStand } from "./provider-stand.ts";

export const SHA = "a3f1c2d4e5b6a7980123456789abcdef01234567";

export const pull = (number: number, more: Record<string, unknown> = {}) => ({
  number,
  title: `Change ${number}`,
  head: { ref: `feature/${number}`, sha: SHA },
  base: { ref: "main" },
  user: { login: "ada" },
  labels: [{ name: "preview" }],
  ...more,
});

export const repository = (id: number, name: string, more: Record<string, unknown> = {}) => ({
  id,
  name,
  owner: { login: "acme" },
  ssh_url: `git@github.com:acme/${name}.git`,
  clone_url: `https://github.com/acme/${name}.git`,
  default_branch: "main",
  topics: ["web"],
  archived: false,
  ...more,
});

export interface GithubStand {
  stand: ProviderStand;
  pulls: unknown[];
  repositories: unknown[];
  /** Paths of each repository. */
  files: Record<string, string[]>;
}

/** Pages with `Link`, as GitHub says where the others are. */
function paged(all: readonly unknown[], url: URL): Response {
  const { items, number, hasMore } = pageOf(all, url);
  const next = new URL(url);
  next.searchParams.set("page", String(number + 1));
  return Response.json(
    items,
    hasMore ? { headers: { Link: `<${next.href}>; rel="next", <${url}>; rel="last"` } } : {},
  );
}

export function githubStand(): GithubStand {
  const github: Omit<GithubStand, "stand"> = { pulls: [], repositories: [], files: {} };
  const stand = providerStand((url) => {
    const [, first, ...rest] = url.pathname.split("/");
    if (url.pathname === "/repos/acme/shop/pulls") return paged(github.pulls, url);
    if (url.pathname === "/orgs/acme/repos") return paged(github.repositories, url);
    if (first !== "repos") return undefined;
    const [, name = "", what, ...path] = rest;
    if (what === "branches" && path.length === 0)
      return paged(
        [
          { name: "main", commit: { sha: SHA } },
          { name: "dev", commit: { sha: SHA } },
        ],
        url,
      );
    if (what === "branches")
      return name === "empty"
        ? Response.json({ message: "Branch not found" }, { status: 404 })
        : Response.json({ name: path[0], commit: { sha: SHA } });
    if (what === "contents" && github.files[name]?.includes(path.join("/")))
      return Response.json({ type: "file" });
    return undefined;
  });
  return Object.assign(github, { stand });
}
