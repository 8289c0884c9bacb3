import { describe, expect, test } from "bun:test";
import { splitClusters } from "./split-clusters.ts";

const counts = (of: Record<string, number>): Map<string, number> => new Map(Object.entries(of));

describe("splitClusters()", () => {
  const cases: {
    name: string;
    of: Record<string, number>;
    replicas: number;
    split?: string[];
    want: string[];
  }[] = [
    {
      name: "splits what is more than a replica's share",
      of: { a: 900, b: 50, c: 50 },
      replicas: 2,
      want: ["a"],
    },
    { name: "leaves whole what is less", of: { a: 400, b: 300, c: 300 }, replicas: 2, want: [] },
    { name: "leaves small ones whole, whatever their part", of: { a: 40, b: 1 }, replicas: 3, want: [] },
    { name: "splits nothing for one replica", of: { a: 900 }, replicas: 1, want: [] },
    {
      name: "keeps what is split while one replica is away",
      of: { a: 900 },
      replicas: 1,
      split: ["a"],
      want: ["a"],
    },
    {
      name: "keeps what is split a little below",
      of: { a: 300, b: 400, c: 300 },
      replicas: 3,
      split: ["a"],
      want: ["a", "b"],
    },
    {
      name: "makes whole what is far below",
      of: { a: 100, b: 450, c: 450 },
      replicas: 2,
      split: ["a"],
      want: [],
    },
    { name: "forgets what is gone", of: { b: 10 }, replicas: 2, split: ["a"], want: [] },
  ];
  test.each(cases)("$name", ({ of, replicas, split = [], want }) => {
    expect(splitClusters(counts(of), replicas, split)).toEqual(want);
  });
});
