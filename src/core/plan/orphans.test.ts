import { describe, expect, test } from "bun:test";
import { liveObject } from "../../../test/lib/core-objects.ts";
import type { LiveObject } from "../model/live-object.ts";
import type { OrphanSettings } from "../model/project.ts";
import { orphansAmong, straysIn } from "./orphans.ts";

const NOBODYS = { tracking: undefined } as const;
const strays = (...objects: LiveObject[]) => straysIn({ objects, unread: [] }, { installationId: undefined });
const names = (list: readonly { ref: { name: string } }[]): string[] => list.map(({ ref }) => ref.name);

test("what descends from another, goes, or is made for each Namespace is no stray", () => {
  expect(
    names(
      strays(
        liveObject({ name: "alone" }, { ...NOBODYS, uid: "1" }),
        liveObject({ name: "child" }, { ...NOBODYS, uid: "2", owners: ["1"] }),
        liveObject({ name: "of-one-unseen" }, { ...NOBODYS, uid: "3", owners: ["not-here"] }),
        liveObject(
          { name: "going", metadata: { deletionTimestamp: "2026-01-01T00:00:00Z" } },
          { ...NOBODYS, uid: "4" },
        ),
        liveObject({ name: "kube-root-ca.crt" }, { ...NOBODYS, uid: "5" }),
        liveObject({ kind: "ServiceAccount", name: "default" }, { ...NOBODYS, uid: "6" }),
        liveObject({ kind: "Service", name: "kubernetes" }, { ...NOBODYS, uid: "7" }),
        liveObject({ name: "metrics" }, { ...NOBODYS, uid: "" }),
      ),
    ),
  ).toEqual(["alone"]);
});

describe("orphansAmong()", () => {
  const all = strays(
    liveObject({ name: "settings" }, { ...NOBODYS, uid: "1" }),
    liveObject({ apiVersion: "apps/v1", kind: "Deployment", name: "web" }, { ...NOBODYS, uid: "2" }),
    liveObject({ kind: "Secret", name: "of-shop" }, { uid: "3" }),
  );
  const among = (settings: OrphanSettings, change = {}) =>
    names(
      orphansAmong(all, settings, {
        isApplication: (name) => name === "shop",
        isWanted: () => false,
        maySee: () => true,
        ...change,
      }),
    );

  test.each<[string, OrphanSettings, string[]]>([
    ["nothing is ignored", {}, ["settings", "web"]],
    ["by kind, in the core's group", { ignore: [{ kind: "ConfigMap" }] }, ["web"]],
    ["a kind of another group needs it", { ignore: [{ kind: "Deployment" }] }, ["settings", "web"]],
    ["by group alone", { ignore: [{ group: "apps" }] }, ["settings"]],
    ["by a glob of the name", { ignore: [{ group: "*", name: "s*" }] }, ["web"]],
    ["all must match", { ignore: [{ group: "*", kind: "ConfigMap", name: "web" }] }, ["settings", "web"]],
    ["an empty rule is for the core's group", { ignore: [{}] }, ["web"]],
  ])("%s", (_, settings, want) => {
    expect(among(settings).sort()).toEqual(want);
  });

  test("an application's that is gone is told of, what Git wants or the project hides is not", () => {
    expect(among({}, { isApplication: () => false })).toContain("of-shop");
    expect(among({}, { isWanted: () => true })).toEqual([]);
    expect(among({}, { maySee: () => false })).toEqual([]);
  });
});
