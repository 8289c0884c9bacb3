import { describe, expect, test } from "bun:test";
import { Failure } from "../../core/model/failure.ts";
import type { Project } from "../../core/model/project.ts";
import type { ManagedApplication } from "../managed-application.ts";
import { deploymentsWithCommits } from "./deployed-commits.ts";

const OPEN = "https://git.example.com/shop.git";
const project = {
  metadata: { name: "shop", namespace: "argocd" },
  spec: { sourceRepos: [OPEN], destinations: [] },
} as unknown as Project;
const sha = (of: number): string => of.toString(16).padStart(40, "0");
const managed = (history: object[], sources: object[] = [{ repoURL: OPEN }]): ManagedApplication => {
  const app = { metadata: { namespace: "argocd", name: "web" }, spec: { project: "shop", sources } };
  const status = { sync: { status: "Synced", revisions: [] }, history };
  return { spec: { app }, status, shown: { ...app, status } } as unknown as ManagedApplication;
};

function gitWith(info: (commit: string) => unknown) {
  const asked: string[] = [];
  const ports = {
    settings: () => ({ repositories: [] }),
    store: { transitions: () => [] },
    git: {
      infoHere: async ({ url }: { url: string }, commit: string) => {
        asked.push(`${url} ${commit}`);
        return info(commit);
      },
    },
  } as never;
  return { asked, ports };
}
/** Nothing is known of what changed them. */
const changes = {
  of: async () => [],
  ahead: async () => undefined,
  asOf: async () => [],
  placeOf: () => undefined,
  readOf: () => undefined,
};
const known = (commit: string) => ({
  ...{ commit, author: "Ana <a@x>", date: "2026-11-23T03:55:00Z", subject: `of ${commit.slice(-1)}` },
  message: "",
});

describe("deploymentsWithCommits()", () => {
  test("speaks of the commit that is shown, also where it was learnt without a look, and names it beside", async () => {
    const { ports } = gitWith(known);
    const learnt = managed([]);
    const shown = { ...learnt.shown, status: { sync: { status: "Synced", revisions: [sha(2)] } } };
    const kept = { sync: { status: "Synced", revisions: [sha(1)] } };
    const told = await deploymentsWithCommits(
      { ...learnt, shown, status: kept } as unknown as ManagedApplication,
      project,
      ports,
      changes,
    );
    expect(told).toMatchObject({ revisions: [sha(2)], now: [{ is: "commit", subject: "of 2" }] });
  });

  test("of several sources each has its own, a chart is at a version, and a commit is looked up once", async () => {
    const { asked, ports } = gitWith(known);
    const sources = [
      { repoURL: OPEN, path: "a" },
      { repoURL: "https://charts.example.com", chart: "db" },
      { repoURL: OPEN, path: "b" },
    ];
    const entry = (id: number) => ({ id, revisions: [sha(1), "1.2.3", sha(2)], sources });
    const { items } = await deploymentsWithCommits(managed([entry(0), entry(1)]), project, ports, changes);
    expect(items.map(({ id }) => id)).toEqual([0, 1]);
    expect(items[1]?.commits).toMatchObject([
      { is: "commit", subject: "of 1" },
      { is: "version" },
      { is: "commit", subject: "of 2" },
    ]);
    expect(asked).toEqual([`${OPEN} ${sha(1)}`, `${OPEN} ${sha(2)}`]);
  });

  test("a repository that the project does not permit is not looked into, whatever a status says", async () => {
    const { asked, ports } = gitWith(known);
    const history = [{ id: 0, revision: sha(1), source: { repoURL: "https://git.example.com/secret.git" } }];
    const { items } = await deploymentsWithCommits(managed(history), project, ports, changes);
    expect(items[0]?.commits).toEqual([{ is: "unknown", why: expect.stringContaining("not permitted") }]);
    expect(
      (await deploymentsWithCommits(managed(history), undefined, ports, changes)).items[0]?.commits,
    ).toEqual([{ is: "unknown", why: "its project is not known" }]);
    expect(asked).toEqual([]);
  });

  test("what is not in the clone, and what cannot be read, is said; of very many the newest are looked up", async () => {
    const { ports } = gitWith((commit) => {
      if (commit === sha(1)) return undefined;
      throw new Failure("git-revision", "x", "after-edit", { cannot: "read", why: "it is the id of a file" });
    });
    const gone = [
      { id: 0, revision: sha(1) },
      { id: 1, revision: sha(2) },
    ];
    expect(
      (await deploymentsWithCommits(managed(gone), project, ports, changes)).items.map(
        ({ commits }) => commits[0],
      ),
    ).toEqual([
      { is: "unknown", why: "the commit is not in the clone here" },
      { is: "unknown", why: "it is the id of a file" },
    ]);
    const { asked, ports: more } = gitWith(known);
    const many = Array.from({ length: 70 }, (_, id) => ({ id, revision: sha(id) }));
    const { items } = await deploymentsWithCommits(managed(many), project, more, changes);
    expect(asked.length).toBe(60);
    expect(items.at(-1)?.commits[0]).toMatchObject({ is: "commit" });
    expect(items[0]?.commits[0]).toMatchObject({ is: "unknown" });
  });

  test("an entry with more revisions than sources says so", async () => {
    const { ports } = gitWith(known);
    const { items } = await deploymentsWithCommits(
      managed([{ id: 0, revisions: [sha(1), sha(2)] }]),
      project,
      ports,
      changes,
    );
    expect(items[0]?.commits[1]).toEqual({ is: "unknown", why: "it has no such source any more" });
  });
});
