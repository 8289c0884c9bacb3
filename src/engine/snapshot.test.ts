import { describe, expect, test } from "bun:test";
import { application } from "../../test/lib/core-objects.ts";
import type { Application } from "../core/model/application.ts";
import type { Project, ProjectSpec } from "../core/model/project.ts";
import type { Cluster } from "../core/ports/cluster.ts";
import type { Settings } from "./settings.ts";
import { isSameAim, type Snapshot, type SnapshotSources, Snapshots } from "./snapshot.ts";

function project(name: string, spec: ProjectSpec = {}): Project {
  const metadata = { name, namespace: "argocd" };
  return { apiVersion: "argoproj.io/v1alpha1", kind: "AppProject", metadata, spec };
}

const TEAM: ProjectSpec = {
  sourceRepos: ["https://git.example.com/*"],
  destinations: [{ server: "*", namespace: "shop" }],
};

function clusterNamed(name: string, server: string): Cluster & { kinds: number } {
  const cluster = { name, server, kinds: 1, kindsGeneration: () => cluster.kinds };
  return cluster as typeof cluster & Cluster;
}

/** Everything that a snapshot is taken from, to be changed by a test. */
interface Surroundings extends SnapshotSources {
  clusterList: (Cluster & { kinds: number })[];
  team: Project;
  held: Settings;
  take(app: Application, last: Snapshot | undefined): Snapshot;
}

function world(): Surroundings {
  const it: Surroundings = {
    clusterList: [clusterNamed("in-cluster", "https://kubernetes.default.svc")],
    team: project("team", TEAM),
    held: { namespace: "argocd", repositories: [] as Settings["repositories"] } as Settings,
    projects: () => new Map([["team", it.team]]),
    clusters: () => it.clusterList,
    settings: () => it.held,
    take: (app, last) => snapshots.take({ app }, last),
  };
  const snapshots = new Snapshots(it);
  return it;
}

describe("Snapshots.take()", () => {
  const refuse = (spec: Parameters<typeof application>[0]) => () =>
    world().take(application(spec), undefined);
  test("permits what the project permits", () => {
    expect(refuse({ project: "team" })).not.toThrow();
  });
  test.each<{ what: string; spec: Parameters<typeof application>[0]; says: RegExp }>([
    {
      what: "a project that is not there",
      spec: { project: "nobody" },
      says: /^Application argocd\/shop: cannot use its spec: .*nobody/,
    },
    {
      what: "a repository outside",
      spec: { project: "team", source: { repoURL: "https://other.example.com/x.git", path: "." } },
      says: /other\.example\.com/,
    },
    {
      what: "a namespace outside",
      spec: { project: "team", destination: { name: "in-cluster", namespace: "bank" } },
      says: /bank/,
    },
    {
      what: "a cluster that is not there",
      spec: { project: "default", destination: { name: "nowhere", namespace: "shop" } },
      says: /nowhere/,
    },
  ])("refuses $what", ({ spec, says }) => {
    expect(refuse(spec)).toThrow(says);
  });
  test("says all reasons at once", () => {
    expect(
      refuse({
        project: "team",
        source: { repoURL: "https://other.example.com/x.git", path: "." },
        destination: { name: "in-cluster", namespace: "bank" },
      }),
    ).toThrow(/other\.example\.com.*; .*bank/);
  });
});

describe("a snapshot's generation", () => {
  const first = (from: Surroundings): Snapshot => from.take(application({ project: "team" }), undefined);

  test("stays while nothing changes, also where equal things are made anew", () => {
    const from = world(),
      before = first(from);
    from.team = project("team", structuredClone(TEAM));
    expect(from.take(before.app, before)).toBe(before);
    expect(from.take(application({ project: "team" }), before).generation).toBe(before.generation);
  });

  test("is found without comparing where nothing was made anew", () => {
    const from = world();
    const projects = new Map([["team", from.team]]);
    let asked = 0;
    const get = projects.get.bind(projects);
    projects.get = (name) => (asked++, get(name));
    from.projects = () => projects;
    const before = first(from);
    const askedOnce = asked;
    expect(from.take(before.app, before)).toBe(before);
    expect([askedOnce > 0, asked]).toEqual([true, askedOnce]);
  });

  test("rises with a cluster that was changed in its list, where nothing else was made anew", () => {
    const from = world();
    const projects = new Map([["team", from.team]]);
    from.projects = () => projects;
    const before = first(from);
    from.clusterList[0] = clusterNamed("in-cluster", "https://kubernetes.default.svc");
    expect(from.take(before.app, before).generation).toBe(before.generation + 1);
  });

  test("stays where only labels change, and the manifest is the new one", () => {
    const from = world(),
      before = first(from);
    const labelled = application({ project: "team" }, { labels: { a: "b" } });
    const after = from.take(labelled, before);
    expect([after.generation, after.app]).toEqual([before.generation, labelled]);
  });

  test.each<{ what: string; change: (from: Surroundings) => void }>([
    { what: "project", change: (from) => (from.team = project("team", { ...TEAM, description: "another" })) },
    { what: "settings", change: (from) => (from.held = { ...from.held }) },
    {
      what: "cluster",
      change: (from) => (from.clusterList = [clusterNamed("in-cluster", "https://kubernetes.default.svc")]),
    },
    {
      what: "cluster's kinds",
      change: ({ clusterList: [cluster] }) => ((cluster as { kinds: number }).kinds = 2),
    },
  ])("rises with the $what", ({ change }) => {
    const from = world(),
      before = first(from);
    change(from);
    expect(from.take(before.app, before).generation).toBe(before.generation + 1);
  });

  test("rises with the spec, and an operation of the spec before is not meant any more", () => {
    const from = world(),
      before = first(from);
    const edited = application({ project: "team", syncPolicy: { syncOptions: ["PruneLast=true"] } });
    const after = from.take(edited, before);
    expect(after.generation).toBe(before.generation + 1);
    expect(isSameAim(before, after)).toBe(false);
  });

  test("an operation goes on under other settings and kinds, and another connection; not on another cluster", () => {
    const from = world(),
      before = first(from);
    from.held = { ...from.held };
    (from.clusterList[0] as { kinds: number }).kinds = 5;
    expect(isSameAim(before, from.take(before.app, before))).toBe(true);
    from.clusterList = [clusterNamed("in-cluster", "https://kubernetes.default.svc")];
    expect(isSameAim(before, from.take(before.app, before))).toBe(true);
    expect(isSameAim(before, { ...before, cluster: clusterNamed("edge", "https://edge.example.com") })).toBe(
      false,
    );
  });
});
