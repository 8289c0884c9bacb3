import { expect, test } from "bun:test";
import type { ActivityEntry } from "../model/activity.ts";
import { NO_HASH } from "../model/activity.ts";
import { projectEvents } from "./project-events.ts";

const entry = (seq: number, action: string, more: Partial<ActivityEntry> = {}): ActivityEntry => ({
  ...{ seq, action, at: `2026-11-29T10:00:0${seq}Z`, actor: "user:ann", details: {} },
  ...{ outcome: { is: "done" }, previous: NO_HASH, hash: NO_HASH },
  object: { kind: "project", name: "shop" },
  ...more,
});
const told = (entries: ActivityEntry[]) =>
  projectEvents({ namespace: "argocd", name: "shop" }, entries).map(({ type, reason, message }) => [
    ...[type, reason, message],
  ]);

test("what was done to a project is told, the newest first, with who did it and why it failed", () => {
  const refused = { outcome: { is: "refused", why: "nothing gives it" }, reason: "ticket 7" } as const;
  expect(
    told([entry(1, "project-create"), entry(3, "project-delete", refused), entry(2, "project-update")]),
  ).toEqual([
    ["Warning", "project-delete", "user:ann: project-delete, refused: nothing gives it (ticket 7)"],
    ["Normal", "project-update", "user:ann: project-update"],
    ["Normal", "project-create", "user:ann: project-create"],
  ]);
});

test("of one that had the name before nothing is told, nor of anything else", () => {
  const other = { object: { kind: "application", namespace: "argocd", name: "shop" } } as const;
  expect(
    told([
      entry(1, "project-create"),
      entry(2, "project-delete"),
      entry(3, "project-create"),
      entry(4, "project-update", { object: { kind: "project", name: "other" } }),
      entry(5, "project-update", other),
    ]),
  ).toEqual([["Normal", "project-create", "user:ann: project-create"]]);
});

test("each has the object that it is about, and a name of its own", () => {
  const [event] = projectEvents({ namespace: "argocd", name: "shop" }, [
    entry(4, "project-update", { count: 3 }),
  ]);
  expect(event).toMatchObject({
    metadata: { name: "shop.4", namespace: "argocd", creationTimestamp: "2026-11-29T10:00:04Z" },
    involvedObject: { kind: "AppProject", namespace: "argocd", name: "shop" },
    ...{ count: 3, lastTimestamp: "2026-11-29T10:00:04Z" },
  });
});
