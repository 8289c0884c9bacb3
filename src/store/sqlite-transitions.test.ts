import { Database } from "bun:sqlite";
import { afterEach, expect, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { appKey } from "../core/model/application.ts";
import type { TransitionKind, TransitionNote } from "../core/model/transition.ts";
import { MIGRATIONS, migrate } from "./migrations.ts";
import { openStore } from "./open-store.ts";

const folders: string[] = [];
const folder = (): string => {
  const made = mkdtempSync(join(tmpdir(), "holdfast-transitions-"));
  folders.push(made);
  return made;
};
afterEach(() => {
  for (const made of folders.splice(0)) rmSync(made, { recursive: true });
});
const note = (name: string, minute: number, kind: TransitionKind = "deployed"): TransitionNote => ({
  ...{ kind, app: appKey("argocd", name), uid: name },
  at: new Date(Date.UTC(2026, 10, 30, 0, minute)).toISOString(),
});
const of = (name: string) => ({ is: "application", name: appKey("argocd", name) }) as const;

test("of one so many are kept, and one that flaps takes no room from the others", () => {
  const store = openStore(folder(), { retention: { transitions: { each: 3, all: 100 } } });
  for (const name of ["a", "b"]) store.settle(of(name), {}, [note(name, 0)]);
  for (let minute = 0; minute < 2_000; minute++)
    store.settle(of("flaps"), {}, [
      note("flaps", minute, minute % 2 === 0 ? "health-degraded" : "health-recovered"),
    ]);
  for (let minute = 0; minute < 5; minute++) store.settle(of("a"), {}, [note("a", minute)]);
  const all = store.transitions({ order: "oldest-first", limit: 1_000 });
  const number = (name: string) => all.filter(({ uid }) => uid === name).length;
  expect([number("a"), number("b"), number("flaps")]).toEqual([3, 1, 2]);
  expect(all.findLast(({ uid }) => uid === "flaps")?.count).toBe(1_000);
  store.close();
});

test("of all together so many are kept, the newest", () => {
  const store = openStore(folder(), { retention: { transitions: { each: 10, all: 50 } } });
  for (let n = 0; n < 300; n++) store.settle(of(`app-${n}`), {}, [note(`app-${n}`, n)]);
  const all = store.transitions({ order: "newest-first", limit: 1_000 });
  expect([all.length, all[0]?.uid]).toEqual([50, "app-299"]);
  store.close();
});

test("of applications that were there before it was kept nothing is known: none of them is new", () => {
  const database = new Database(":memory:", { strict: true });
  const before = MIGRATIONS.findIndex((step) => typeof step === "string" && step.includes("TABLE settled"));
  migrate(database, "x", MIGRATIONS.slice(0, before));
  database.run("INSERT INTO states VALUES ('argocd/web', '{}')");
  migrate(database, "x");
  expect(database.query("SELECT * FROM settled").all()).toEqual([
    { subject: "application", name: "argocd/web", json: "{}" },
  ]);
  database.close();
});
