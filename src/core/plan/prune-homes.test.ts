import { describe, expect, test } from "bun:test";
import { extra, liveObject, missing, paired } from "../../../test/lib/core-objects.ts";
import {
  approvedApp,
  base,
  CRD,
  kept,
  named,
  options,
  SPACE,
  testVerdicts,
} from "../../../test/lib/prune-verdicts.ts";
import type { Difference } from "../model/comparison.ts";
import type { HomeContents } from "../model/home-contents.ts";
import type { RefKey } from "../model/object-ref.ts";
import { contentsOf, homeOf, sayNewcomers } from "./home-contents.ts";
import { refusedNow } from "./prune-guards.ts";

const GOING = { ...SPACE, ...options("Prune=true") };
const home = extra(GOING);
const others = (...keys: string[]): HomeContents => ({
  is: "others",
  keys: new Set(keys as RefKey[]),
  counted: "all",
  named: [],
  uids: new Set(),
});
const inside = (contents: HomeContents) => new Map([[home.key, contents]]);

describe("guards of Namespaces and definitions", () => {
  testVerdicts([
    {
      name: "keep one of which nobody said what is in it",
      input: { differences: [kept, home], contents: new Map() },
      allowed: 0,
      guards: ["contents"],
      says: /cannot be told: it was not looked into/,
    },
    {
      name: "let no approval lift what cannot be told",
      input: {
        differences: [kept, home],
        contents: inside({ is: "unknown", why: "timeout" }),
        app: approvedApp("2026-01-01T11:00:00Z"),
      },
      allowed: 0,
      guards: ["contents"],
      says: /stays for now, because what would go with it cannot be told: timeout/,
    },
    {
      name: "count what is others', and name nothing that may not be named",
      input: { differences: [kept, home], contents: inside(others("a", "b")) },
      allowed: 0,
      guards: ["contents"],
      says: /because it holds 2 objects that are not this application's, and they would go with it\. Approve/,
    },
    {
      name: "let a person's approval lift it",
      input: {
        differences: [kept, home],
        contents: inside(others("a")),
        app: approvedApp("2026-01-01T11:00:00Z"),
      },
      allowed: 1,
      guards: [],
    },
    {
      name: "keep one that holds what is still to be made",
      input: { differences: [home, missing(named("new", { namespace: "n" }))] },
      allowed: 0,
      guards: ["contents"],
      says: /because Git wants ConfigMap n\/new, which would go with it\.$/,
    },
    {
      name: "keep a definition of what Git wants",
      input: {
        differences: [
          extra({ ...CRD, ...options("Prune=true") }),
          paired("changed", { apiVersion: "example.com/v1", kind: "Widget", name: "w" }),
        ],
      },
      allowed: 0,
      guards: ["contents"],
    },
    {
      name: "keep one that holds something without a record, also where a selective sync means it alone",
      input: {
        differences: [kept, home, extra(named("stray", { namespace: "n" }), "unrecorded")],
        request: { prune: true, resources: [{ kind: "Namespace", name: "n" }] },
      },
      allowed: 0,
      guards: ["contents"],
      says: /ConfigMap n\/stray stays, and would go with it/,
    },
    {
      name: "let one go with what goes anyway",
      input: {
        differences: [kept, home, extra(named("a", { namespace: "n" }))],
        request: { prune: true, resources: [{ kind: "Namespace", name: "n" }] },
      },
      allowed: 1,
      guards: [],
    },
  ]);
});

describe("contentsOf()", () => {
  const us = { app: "shop", installationId: undefined };
  const look = (objects: Parameters<typeof liveObject>[0][], ours: string[] = []) =>
    contentsOf(
      { objects: objects.map((one) => ({ ...liveObject(one), tracking: undefined })), unread: [] },
      { us, ours: new Set(ours), maySee: () => true },
    );

  test("passes over what has no uid, as what an aggregated API makes up has none", () =>
    expect(
      contentsOf(
        { objects: [{ ...liveObject(), tracking: undefined, uid: "" }], unread: [] },
        { us, ours: new Set(), maySee: () => true },
      ).is,
    ).toBe("ours-alone"));
  test("leaves to its owner what has one here, or one that is ours", () => {
    const owned = { ...liveObject({ name: "o" }), tracking: undefined, owners: ["x"] };
    const asked = (ours: string[]) =>
      contentsOf({ objects: [owned], unread: [] }, { us, ours: new Set(ours), maySee: () => true }).is;
    expect([asked([]), asked(["x"])]).toEqual(["others", "ours-alone"]);
  });
  test("takes a ServiceAccount named default for one of every Namespace, and a ConfigMap of that name for somebody's", () => {
    expect(look([{ kind: "ServiceAccount", name: "default" }]).is).toBe("ours-alone");
    expect(look([{ kind: "ConfigMap", name: "default" }]).is).toBe("others");
  });
});

test("homeOf() knows of a definition whose objects nobody can name", () =>
  expect(homeOf(liveObject({ ...CRD, fields: {} }))).toEqual({ is: "definition", group: "", kind: "" }));

describe("sayNewcomers()", () => {
  const alone: HomeContents = { is: "ours-alone", uids: new Set() };
  test.each<[string, HomeContents, HomeContents, RegExp | undefined]>([
    ["nothing new", others("a", "b"), others("b"), undefined],
    ["one more", others("a"), others("a", "b"), /^an object that is not this application's came into it/],
    ["the first", alone, others("a", "b"), /^2 objects that are not/],
    ["no answer by now", others("a"), { is: "unknown", why: "timeout" }, /cannot be told now: timeout/],
    ["no right by now", alone, { is: "hidden", why: "no" }, /may not be read any more/],
    ["never a right", { is: "hidden", why: "no" }, { is: "hidden", why: "no" }, undefined],
  ])("%s", (_, before, now, says) => {
    const said = sayNewcomers(before, now);
    if (says === undefined) expect(said).toBeUndefined();
    else expect(said).toMatch(says);
  });
});

describe("refusedNow()", () => {
  const gone = extra(named("gone"));
  const input = { ...base, contents: new Map(), differences: [kept, gone] as Difference[] };
  test("says nothing of an object that is as it was, or otherwise changed", () => {
    expect(refusedNow(liveObject(named("gone")), input)).toBeUndefined();
    expect(refusedNow(liveObject(named("gone", { labels: { a: "b" } })), input)).toBeUndefined();
  });
  test("keeps one that bears a mark by now, whatever was approved", () => {
    const marked = liveObject(named("gone", options("Prune=false")));
    expect(refusedNow(marked, input)?.guard).toBe("disabled");
    expect(refusedNow(marked, { ...input, app: approvedApp("2026-01-01T11:00:00Z") })?.guard).toBe(
      "disabled",
    );
    expect(refusedNow(liveObject(named("gone", options("Prune=confirm"))), input)?.guard).toBe("confirm");
  });
});
