import { expect, test } from "bun:test";
import type { ApplicationStatus } from "./application.ts";
import { differencesOfSeen, type SeenApplication, seenIn } from "./seen-application.ts";

const A = "ConfigMap shop/a";
const seen = (more: Partial<SeenApplication> = {}): SeenApplication => ({
  sync: "OutOfSync",
  revisions: ["c0ffee1"],
  objects: [{ object: A, sync: "OutOfSync", health: "Healthy" }],
  ...more,
});
const object = (more: Partial<SeenApplication["objects"][number]>): Partial<SeenApplication> => ({
  objects: [{ object: A, sync: "OutOfSync", health: "Healthy", ...more }],
});

test.each<{ name: string; daemon: Partial<SeenApplication>; lines: string[] }>([
  { name: "alike", daemon: {}, lines: [] },
  {
    name: "another commit",
    daemon: { revisions: ["c0ffee2"] },
    lines: ["the look compared with c0ffee1, and the daemon with c0ffee2"],
  },
  {
    name: "no commit",
    daemon: { revisions: [] },
    lines: ["the look compared with c0ffee1, and the daemon with nothing"],
  },
  {
    name: "one word for other objects",
    daemon: { objects: [{ object: "ConfigMap shop/b", sync: "OutOfSync" }] },
    lines: [
      "ConfigMap shop/a: the look had it, and the daemon does not",
      "ConfigMap shop/b: the daemon has it, and the look did not",
    ],
  },
  {
    name: "an object that is as Git wants it",
    daemon: object({ sync: "Synced" }),
    lines: ["ConfigMap shop/a: the look said OutOfSync, and the daemon says Synced"],
  },
  {
    name: "another health",
    daemon: object({ health: "Degraded" }),
    lines: ["ConfigMap shop/a: of its health the look said Healthy, and the daemon says Degraded"],
  },
  { name: "a rollout that goes on", daemon: object({ health: "Progressing" }), lines: [] },
  {
    name: "no verdict",
    daemon: { sync: "Unknown", objects: [] },
    lines: ["the look said OutOfSync, and the daemon says Unknown"],
  },
])("differencesOfSeen() says of $name where it is", ({ daemon, lines }) => {
  expect(differencesOfSeen(seen(), seen(daemon)).map(({ line }) => line)).toEqual(lines);
});

test("seenIn() reads many sources, hooks and a status that is not there", () => {
  const status = {
    sync: { status: "Synced", revision: "", revisions: ["a", "b"] },
    resources: [
      { group: "batch", version: "v1", kind: "Job", namespace: "shop", name: "migrate", hook: true },
      { version: "v1", kind: "Namespace", name: "shop", status: "Synced", health: { status: "Healthy" } },
    ],
  } as unknown as ApplicationStatus;
  expect(seenIn(status)).toEqual({
    sync: "Synced",
    revisions: ["a", "b"],
    objects: [
      { object: "batch/Job shop/migrate" },
      { object: "Namespace shop", sync: "Synced", health: "Healthy" },
    ],
  });
  expect(seenIn(undefined)).toEqual({ sync: "Unknown", revisions: [], objects: [] });
});
