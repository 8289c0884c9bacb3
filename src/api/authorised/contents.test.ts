import { describe, expect, test } from "bun:test";
import { app, project } from "../../../test/lib/api-world.ts";
import { AccessPolicy } from "../../core/access/access-policy.ts";
import { type Asker, askerOf } from "../../core/access/asker.ts";
import { parsePolicy } from "../../core/access/policy-text.ts";
import type { Application } from "../../core/model/application.ts";
import type { RepositoryContents, Sees } from "../../core/ports/repository-contents.ts";
import { authorisedContents } from "./contents.ts";

const URL = "https://git.example.com/x.git";
const READS = "p, role:x, repositories, get, team-a/*, allow\np, role:x, applications, get, team-a/*, allow";

function asker(more = ""): Asker {
  const policy = new AccessPolicy({
    lines: parsePolicy(`${READS}\n${more}\ng, ann, role:x`, "policy.csv").lines,
    projects: new Map(),
    matchMode: "glob",
    defaultRole: undefined,
  });
  return askerOf({ actor: "user:ann", subject: { name: "ann", groups: [] } }, () => policy);
}

/** @returns what was asked of the contents, with who lends credentials */
function stand(there: Application[] = [app("a")]) {
  const lends: Sees[] = [];
  const contents: RepositoryContents = {
    charts: async () => [],
    tags: async () => [],
    folders: async (_url, _revision, _for, sees) => (lends.push(sees), []),
    details: async (_source, _for, sees) => (lends.push(sees), { type: "Directory", warnings: [] }),
  };
  const asked = authorisedContents(contents, {
    homeNamespace: "argocd",
    seen: (who, key) =>
      there.find(
        ({ metadata, spec }) =>
          key === `${metadata.namespace}/${metadata.name}` &&
          who.may("applications", "get", `${spec.project}/${metadata.name}`),
      ),
    control: {
      projectInForce: (name) =>
        ["team-a", "team-b"].includes(name)
          ? {
              is: "found",
              value: {
                written: project(name),
                inForce: {
                  ...project(name),
                  spec: { sourceRepos: name === "team-a" ? [URL] : ["*"] },
                },
                globals: [],
                clusters: [],
                repositories: [],
              },
            }
          : { is: "absent" },
    },
  });
  const told = (work: Promise<unknown>): Promise<string> =>
    work.then(
      () => "answered",
      (cause) => cause.message as string,
    );
  return { asked, lends, told };
}
const CREATES = "p, role:x, applications, create, team-a/*, allow";
const A = { project: "team-a", app: "new" };

describe("authorisedContents()", () => {
  test("looks for whoever may create or update the application, in a project that permits the repository", async () => {
    const { asked, lends, told } = stand();
    expect(await told(asked.folders(asker(), URL, "", A))).toContain("applications, create, team-a/new");
    expect(await told(asked.folders(asker(CREATES), URL, "", { project: "team-b", app: "new" }))).toContain(
      "applications, create, team-b/new",
    );
    expect(await told(asked.folders(asker(CREATES), "https://other.example.com/x", "", A))).toContain(
      "is not permitted in project 'team-a'",
    );
    expect(lends).toEqual([]);
    expect(await told(asked.folders(asker(CREATES), URL, "", A))).toBe("answered");
    const updates = "p, role:x, applications, update, team-a/new, allow";
    expect(await told(asked.folders(asker(updates), URL, "", A))).toBe("answered");
    expect(lends).toHaveLength(2);
  });

  test("tells a reader of an application what its own source is, now or deployed before, and no other", async () => {
    const old = { repoURL: URL, path: "old" };
    const there = { ...app("a"), status: { history: [{ id: 0, source: old }] } } as unknown as Application;
    const { asked, told } = stand([there]);
    const own = { project: "team-a", app: "app-a" };
    const { source } = app("a").spec;
    if (source === undefined) throw new Error("no source");
    expect(await told(asked.details(asker(), source, own))).toBe("answered");
    expect(await told(asked.details(asker(), old, { ...own, app: "argocd/app-a" }))).toBe("answered");
    expect(await told(asked.details(asker(), { ...source, path: "other" }, own))).toContain("create");
    expect(await told(asked.details(asker(), source, { project: "team-b", app: "app-a" }))).toContain(
      "create",
    );
    expect(await told(asked.details(asker(), source, { project: "team-a", app: "else/app-a" }))).toContain(
      "create",
    );
  });

  test("an entry that somebody does not see lends nothing, as if it were not there", async () => {
    const { asked, lends } = stand();
    await asked.folders(asker(CREATES), URL, "", A);
    const [sees] = lends;
    expect([
      sees?.({ url: URL, project: "team-a" }),
      sees?.({ url: URL, project: "" }),
      sees?.({ url: URL, project: "team-b" }),
    ]).toEqual([true, false, false]);
  });
});
