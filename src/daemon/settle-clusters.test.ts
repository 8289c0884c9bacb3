import { describe, expect, test } from "bun:test";
import type { ClusterEntry } from "../core/model/cluster-entry.ts";
import { showProblem } from "../core/model/problem.ts";
import { Secret } from "../core/model/secret.ts";
import type { KnownEntry } from "../core/ports/cluster-desk.ts";
import { settleClusters } from "./settle-clusters.ts";

const entry = (name: string, server: string, createdAt?: string): ClusterEntry => ({
  name,
  server,
  credential: { by: "nothing" },
  tls: { check: "certificate" },
  scope: { is: "whole" },
  labels: {},
  annotations: {},
  ...(createdAt === undefined ? {} : { createdAt }),
  kept: new Secret({ data: {}, config: {}, tls: {}, metadata: {} }),
});
const found = (file: string, each: ClusterEntry): KnownEntry => ({
  entry: each,
  place: { in: "file", file },
});
const inSecret = (secret: string, each: ClusterEntry): KnownEntry => ({
  entry: each,
  place: { in: "secret", secret: `Secret argocd/${secret}` },
});
const placed = ({ entries }: ReturnType<typeof settleClusters>): string[] =>
  entries.map(({ entry: { name }, place }) => `${name} ${place.in === "file" ? place.file : "config"}`);

describe("settleClusters()", () => {
  test("lets the config have a name that a file wants too, and names both", () => {
    const settled = settleClusters(
      [entry("prod", "https://a")],
      [found("b.json", entry("prod", "https://b"))],
      [],
    );
    expect(placed(settled)).toEqual(["prod config"]);
    expect(settled.problems.map(showProblem)).toEqual([
      "clusters/b.json: cluster prod: its name prod is that of cluster prod (https://a) in clusters of the config, which keeps it; this file is passed over. Remove one of them, or give each its own name and server",
    ]);
  });

  test("takes an address in another case, or with a slash behind, for the same", () => {
    const settled = settleClusters(
      [],
      [
        found("a.json", entry("one", "https://A.example.com")),
        found("b.json", entry("two", "https://a.example.com/")),
      ],
      [],
    );
    expect(placed(settled)).toEqual(["one a.json"]);
    expect(settled.problems[0]?.text).toContain("in clusters/a.json of the data folder");
  });

  test("lets who was added first have it, whatever the files are called", () => {
    const settled = settleClusters(
      [],
      [
        found("a.json", entry("prod", "https://a", "2026-02-01T00:00:00Z")),
        found("b.json", entry("prod", "https://b", "2026-01-01T00:00:00Z")),
        found("0.json", entry("prod", "https://c")),
      ],
      [],
    );
    expect(placed(settled)).toEqual(["prod b.json"]);
  });

  test("leaves it to whoever has it, though another one says that it is older", () => {
    const older = found("a.json", entry("prod", "https://a", "2020-01-01T00:00:00Z"));
    const there = found("b.json", entry("prod", "https://b", "2026-01-01T00:00:00Z"));
    const before = settleClusters([], [there], []);
    expect(placed(settleClusters([], [older, there], before.entries))).toEqual(["prod b.json"]);
    // Once it is free, the other one has it.
    expect(placed(settleClusters([], [older], before.entries))).toEqual(["prod a.json"]);
  });

  test("lets nobody who is older take the name or the address of another by an edit", () => {
    const team = inSecret("team", entry("team", "https://team", "2026-01-01T00:00:00Z"));
    const prod = inSecret("prod", entry("prod", "https://prod", "2026-02-01T00:00:00Z"));
    const before = settleClusters([], [team, prod], []).entries;
    for (const edit of [
      entry("prod", "https://evil", team.entry.createdAt),
      entry("team", "https://prod/", team.entry.createdAt),
    ]) {
      const { entries, problems } = settleClusters([], [inSecret("team", edit), prod], before);
      expect(entries.map(({ entry: { server } }) => server)).toEqual(["https://prod"]);
      expect(problems).toHaveLength(1);
    }
    // Its own new name, which nobody has, it may have.
    const renamed = settleClusters([], [inSecret("team", entry("crew", "https://team")), prod], before);
    expect(renamed.problems).toEqual([]);
  });

  describe("of the cluster around us, which the config names and says nothing of,", () => {
    const SERVER = "https://kubernetes.default.svc";
    const around: ClusterEntry = { ...entry("in-cluster", SERVER), credential: { by: "service-account" } };
    const said = inSecret("around", {
      ...entry("mgmt", SERVER),
      credential: { by: "service-account" },
      labels: { env: "mgmt" },
    });

    test("takes what a Secret says", () => {
      expect(settleClusters([around], [said], [])).toEqual({ entries: [said], problems: [] });
      expect(settleClusters([around], [], [said]).entries.map(({ entry: { name } }) => name)).toEqual([
        "in-cluster",
      ]);
    });

    test.each<[string, ClusterEntry[], KnownEntry[], number]>([
      ["a Secret with other credentials", [around], [inSecret("x", entry("x", SERVER))], 1],
      ["one whose name somebody has", [around, entry("mgmt", "https://a")], [said], 1],
      ["a file", [around], [found("x.json", said.entry)], 1],
      [
        "a Secret beside one that would be called as it is",
        [around],
        [said, found("x.json", entry("in-cluster", "https://evil", "2020-01-01T00:00:00Z"))],
        2,
      ],
      ["a Secret where the config says more", [{ ...around, labels: { env: "own" } }], [said], 1],
    ])("takes nothing of %s", (_, configured, others, problems) => {
      const settled = settleClusters(configured, others, []);
      expect(settled.entries.map(({ entry: each }) => each)).toEqual(configured);
      expect(settled.problems).toHaveLength(problems);
    });
  });

  test("takes a Secret that was made anew under its name for another one", () => {
    const made = (uid: string, createdAt: string): KnownEntry => ({
      entry: entry("prod", "https://a", createdAt),
      place: { in: "secret", secret: "Secret argocd/prod", uid },
    });
    const file = found("b.json", entry("prod", "https://b", "2026-02-01T00:00:00Z"));
    const before = [made("1", "2026-01-01T00:00:00Z")];
    expect(settleClusters([], [file, ...before], before).entries).toEqual(before);
    const anew = settleClusters([], [made("2", "2026-03-01T00:00:00Z"), file], before);
    expect(anew.entries).toEqual([file]);
  });

  test("lets a Secret have what it had before a file wants it, and else the older one", () => {
    const secret = inSecret("prod", entry("prod", "https://a", "2026-02-01T00:00:00Z"));
    const file = found("b.json", entry("prod", "https://b", "2026-01-01T00:00:00Z"));
    const lost = settleClusters([], [secret, file], []);
    expect(placed(lost)).toEqual(["prod b.json"]);
    expect(lost.problems.map(showProblem)).toEqual([
      "Secret argocd/prod: cluster prod: its name prod is that of cluster prod (https://b) in clusters/b.json of the data folder, which keeps it; this Secret is passed over. Remove one of them, or give each its own name and server",
    ]);
    const kept = settleClusters([], [secret, file], [secret]);
    expect(kept.entries).toEqual([secret]);
    expect(kept.problems.map(({ file }) => file)).toEqual(["clusters/b.json"]);
  });
});
