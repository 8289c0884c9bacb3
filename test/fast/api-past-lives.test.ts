/** An application that has the name of one that is gone: its past is its own, and the other one's is for whoever sees all. */
import { describe, expect, test } from "bun:test";
import { authorised } from "../../src/api/authorised/authorised.ts";
import { AccessPolicy } from "../../src/core/access/access-policy.ts";
import { askerOf } from "../../src/core/access/asker.ts";
import { BUILTIN_POLICY } from "../../src/core/access/builtin-policy.ts";
import { parsePolicy } from "../../src/core/access/policy-text.ts";
import type { AppKey } from "../../src/core/model/application.ts";
import type { AppState } from "../../src/core/ports/home.ts";
import { fakeControl } from "../fakes/fake-control.ts";
import { appOf, HOME, isSettled, type Rig, sharedWorld, type World } from "../lib/engine-rig.ts";
import { configMap } from "../lib/manifests.ts";

let world: World;
const start = sharedWorld((it) => {
  world = it;
});

const policy = new AccessPolicy({
  lines: [
    ...BUILTIN_POLICY,
    ...parsePolicy("p, ann, applications, *, default/*, allow\ng, root, role:admin", "policy.csv").lines,
  ],
  projects: new Map(),
  matchMode: "glob",
  defaultRole: undefined,
});
const as = (name: string) => askerOf({ actor: `user:${name}`, subject: { name, groups: [] } }, () => policy);
const [ann, root] = [as("ann"), as("root")];

/** What each is told of it, in numbers that rise. */
function told({ control: all, store }: Rig, key: AppKey) {
  const { control } = authorised({ control: all, sets: undefined, clusters: undefined, homeNamespace: HOME });
  const numbers = (who: typeof ann) => ({
    runs: control.runs(who, { app: key, limit: 50 }).map(({ id }) => id),
    audits: control.audits(who, { app: key, limit: 50 }).map(({ action }) => action),
    newest: control.activity(who, { app: key, order: "newest-first", limit: 50 }).map(({ seq }) => seq),
    oldest: control.activity(who, { app: key, order: "oldest-first", limit: 50 }).map(({ seq }) => seq),
    all: control.runs(who, { limit: 50 }).filter(({ app }) => app === key).length,
  });
  return { ann: numbers(ann), root: numbers(root), kept: store.runs({ app: key, limit: 50 }).length };
}

async function twice(rig: Rig, name: string): Promise<void> {
  await world.makeNamespace(name);
  const repository = await world.repository(name, { "a.yaml": configMap(name, "a") });
  const key = `${HOME}/${name}` as AppKey;
  const make = async () => {
    await rig.control.create(appOf({ name, repository }), { actor: "user:root", upsert: false });
    await rig.control.sync(key, { operation: { sync: {} }, actor: "user:root" });
    await rig.until(name, isSettled);
    await rig.untilIdle();
  };
  await make();
  await rig.control.remove(key, { cascade: "none", actor: "user:root" });
  await rig.untilGone(name);
  await make();
}

describe("an application that is made under the name of one that is gone", () => {
  test("shows its own runs and entries, and whoever sees all sees both lives", async () => {
    const rig = await start();
    await twice(rig, "again");
    const { ann: part, root: whole, kept } = told(rig, `${HOME}/again` as AppKey);
    expect([whole.runs.length, kept, whole.all]).toEqual([kept, kept, kept]);
    expect(kept).toBeGreaterThan(1);
    expect(part.runs).toEqual(whole.runs.slice(0, part.runs.length));
    expect([part.runs.length, part.all]).toEqual([1, 1]);
    expect(whole.audits).toContain("deleted");
    expect(part.audits).not.toContain("deleted");
    expect(part.audits.at(-1)).toBe("create");
    expect(part.newest).toEqual(whole.newest.slice(0, part.newest.length));
    expect(part.oldest).toEqual([...part.newest].reverse());
  });

  test("is so after a restart, and where nothing of that was kept", async () => {
    const rig = await start();
    await twice(rig, "later");
    const key = `${HOME}/later` as AppKey;
    const before = told(rig, key);
    const { store } = rig;
    const [state] = store.states();
    expect(state?.past?.entries).toBeGreaterThan(0);
    await rig.stop();
    const again = await start({ store });
    expect(told(again, key).ann).toEqual(before.ann);
    await again.stop();
    const { past: _, ...old } = store.states()[0] as AppState;
    store.putStates([old]);
    const older = await start({ store });
    expect(told(older, key).ann.audits).toEqual(before.ann.audits);
    expect(told(older, key).ann.runs.length).toBeLessThan(before.root.runs.length);
  });
});

describe("what runs of one that is gone deleted", () => {
  test("is shown to, and made again by, whoever sees all", async () => {
    const all = fakeControl();
    const key = `${HOME}/web` as AppKey;
    all.put(appOf({ name: "web", repository: { url: "https://git.example.com/x.git" } as never }));
    const run = (run: number, application: "this" | "an-earlier") =>
      ({ run, application, at: "", until: "", objects: 1 }) as const;
    const { control } = authorised({
      ...{ control: all, sets: undefined, clusters: undefined, homeNamespace: HOME },
    });
    const runs = (who: typeof ann) => {
      const found = control.deleted(who, key);
      return found.is === "found" ? found.value.map(({ run }) => run) : found.is;
    };
    const asked: unknown[] = [];
    all.undoable = async (_, run) => {
      asked.push(run);
      return { is: "absent" };
    };
    all.undo = async (_, { run }) => {
      asked.push(run);
      return { is: "absent" };
    };
    all.setDeleted([run(9, "an-earlier"), run(7, "this"), run(4, "an-earlier")], []);
    expect([runs(ann), runs(root)]).toEqual([[7], [9, 7, 4]]);
    await control.undoable(ann, key, undefined);
    await control.undoable(root, key, undefined);
    await control.undo(ann, key, { mode: "write", actor: "user:ann" });
    expect(asked).toEqual([7, undefined, 7]);
    expect(await control.undo(ann, key, { run: 9, mode: "write", actor: "user:ann" })).toEqual({
      is: "conflict",
      why: "nothing that it deleted is kept",
    });
    expect(asked).toHaveLength(3);
  });
});
