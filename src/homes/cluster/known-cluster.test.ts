import { describe, expect, test } from "bun:test";
import type { Cluster } from "../../core/ports/cluster.ts";
import type { Lookup } from "../../core/ports/cluster-objects.ts";
import { KnownCluster, type WhichCluster, whichCluster } from "./known-cluster.ts";

const found = (uid: string) =>
  ({ is: "found", object: { metadata: { name: "kube-system", uid } } }) as unknown as Lookup;

describe("whichCluster()", () => {
  const cases: { name: string; found: Lookup; lived: string | undefined; want: WhichCluster["is"] }[] = [
    { name: "takes the first that is found", found: found("a"), lived: undefined, want: "same" },
    { name: "knows it again", found: found("a"), lived: "a", want: "same" },
    { name: "knows another", found: found("b"), lived: "a", want: "another" },
    {
      name: "concludes nothing from silence",
      found: { is: "unreachable", why: "x" },
      lived: "a",
      want: "not-told",
    },
    {
      name: "waits for a server that has just started",
      found: { is: "absent" },
      lived: "a",
      want: "not-told",
    },
    {
      name: "trusts the entry where it may not look",
      found: { is: "forbidden", why: "x" },
      lived: "a",
      want: "same",
    },
  ];
  test.each(cases)("$name", ({ found, lived, want }) => {
    expect(whichCluster(found, lived).is).toBe(want);
  });
});

describe("KnownCluster", () => {
  /** Answers with what `now` says. */
  const clusterOf = (now: { found: Lookup }) => ({ read: async () => now.found }) as unknown as Cluster;
  function known({ uid = "", held = undefined as string | undefined, full = false } = {}) {
    const values = new Map(held === undefined ? [] : [["home-cluster", held]]);
    const now = { full };
    let told = Promise.withResolvers<void>();
    const home = new KnownCluster({
      name: "in-cluster",
      uid,
      store: {
        value: (name) => values.get(name),
        putValue(name, value) {
          if (now.full) throw new Error("disk full");
          values.set(name, value as string);
        },
      },
      became() {
        told.resolve();
        told = Promise.withResolvers();
      },
      again: { firstMs: 1, mostMs: 2 },
    });
    const begun: Cluster[] = [];
    return {
      home,
      values,
      now,
      begun,
      told: () => told.promise,
      begin: (cluster: Cluster) => void begun.push(cluster),
    };
  }

  test("holds the first, and begins", async () => {
    const { home, values, begun, begin, told } = known();
    const heard = told();
    home.follow(clusterOf({ found: found("a") }), begin);
    expect(home.trouble).toContain("is not known yet");
    await heard;
    expect([home.trouble, begun.length, values.get("home-cluster")]).toEqual([undefined, 1, "a"]);
    home.stop();
  });

  test("names both uids and what to say, begins nothing, and goes on when the entry leads back", async () => {
    const { home, values, begun, begin, told } = known({ held: "a" });
    const now = { found: found("b") };
    const heard = told();
    home.follow(clusterOf(now), begin);
    await heard;
    for (const word of ["is b,", "was a.", "homeCluster.uid to b"]) expect(home.trouble).toContain(word);
    expect([begun.length, values.get("home-cluster")]).toEqual([0, "a"]);
    now.found = found("a");
    while (home.trouble !== undefined) await told();
    expect(begun).toHaveLength(1);
    home.stop();
  });

  test("holds the one that the config means from then on, and no other", async () => {
    const { home, values, begin, told } = known({ held: "a", uid: "b" });
    const heard = told();
    home.follow(clusterOf({ found: found("b") }), begin);
    await heard;
    expect([home.trouble, values.get("home-cluster")]).toEqual([undefined, "b"]);
    home.stop();
    const other = known({ held: "a", uid: "b" });
    const second = other.told();
    other.home.follow(clusterOf({ found: found("a") }), other.begin);
    await second;
    expect(other.home.trouble).toContain("is a, and theirs was b");
    other.home.stop();
  });

  test("begins only when it is written down", async () => {
    const { home, now, begun, begin, told } = known({ full: true });
    const heard = told();
    home.follow(clusterOf({ found: found("a") }), begin);
    await heard;
    expect([home.trouble?.includes("disk full"), begun.length]).toEqual([true, 0]);
    now.full = false;
    while (home.trouble !== undefined) await told();
    expect(begun).toHaveLength(1);
    home.stop();
  });

  test("notices another at the same address before something is concluded", async () => {
    const { home, begin, told } = known();
    const now = { found: found("a") };
    const cluster = clusterOf(now);
    const heard = told();
    home.follow(cluster, begin);
    await heard;
    expect(await home.isStill(cluster)).toBe(true);
    now.found = { is: "unreachable", why: "cut" };
    expect(await home.isStill(cluster)).toBe(false);
    // It is only not told: nothing is said against it.
    expect(home.trouble).toBeUndefined();
    now.found = found("b");
    expect(await home.isStill(cluster)).toBe(false);
    expect(home.trouble).toContain("is b, and theirs was a");
    home.stop();
  });
});
