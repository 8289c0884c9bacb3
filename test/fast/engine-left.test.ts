/** What somebody asks and does not wait for any more: the work ends with them. In this process, on the sandbox. */
import { expect, test } from "bun:test";
import type { Git } from "../../src/core/ports/git.ts";
import { propose } from "../lib/blast-of.ts";
import type { Repository, Rig } from "../lib/engine-rig.ts";
import { eventually } from "../lib/eventually.ts";
import { configMap } from "../lib/manifests.ts";
import { deliver, deployed, holding, keyOf, rollback, rollbackStage } from "../lib/rollback-stage.ts";

const { startRig } = rollbackStage();
const LEFT = new Error("whoever asked has left");

/** A Git that brings so many commits once it is told to, and then hangs until whoever asked leaves. */
function hangingGit() {
  let brings = Number.POSITIVE_INFINITY;
  /** Of each fetch that hangs: whether it can hear that nobody waits for it. */
  const hanging: ("can be left" | "cannot be left")[] = [];
  return {
    hanging,
    hangsAfter: (commits: number) => {
      brings = commits;
    },
    over: (git: Git): Git => ({
      ...git,
      async tree(repository, commit, signal) {
        if (brings-- > 0) return git.tree(repository, commit, signal);
        hanging.push(signal === undefined ? "cannot be left" : "can be left");
        const { promise, reject } = Promise.withResolvers<never>();
        if (signal === undefined) throw new Error("nobody can leave this");
        signal.addEventListener("abort", () => reject(signal.reason), { once: true });
        return promise;
      },
    }),
  };
}

interface Asked {
  what: string;
  /** Commits that are brought before the one that hangs; default none. */
  after?: number;
  before?(rig: Rig, repository: Repository, name: string): Promise<unknown>;
  ask(rig: Rig, key: ReturnType<typeof keyOf>, signal: AbortSignal): Promise<unknown>;
}

const feature = (_: Rig, repository: Repository, name: string): Promise<unknown> =>
  propose(repository, holding(name, "new"), { branch: "feature" });
const cases: Asked[] = [
  {
    what: "manifests of a revision",
    before: feature,
    ask: (rig, key, signal) => rig.control.manifests(key, ["feature"], signal),
  },
  {
    what: "the values of its sources",
    ask: (rig, key, signal) => rig.control.values(key, signal),
  },
  {
    what: "the plan of a sync",
    before: feature,
    ask: (rig, key, signal) => rig.control.syncPlan(key, { sync: { revision: "feature" } }, signal),
  },
  {
    what: "the plan of a sync that deletes, as it renders once more",
    after: 1,
    before: (_, repository) => propose(repository, { "it.yaml": null }, { branch: "less" }),
    ask: (rig, key, signal) => rig.control.syncPlan(key, { sync: { revision: "less", prune: true } }, signal),
  },
  {
    what: "the plan of a rollback",
    ask: (rig, key, signal) => rig.control.rollbackPlan(key, 0, signal),
  },
  {
    what: "the plan of a rollback that deletes, as it renders once more",
    after: 1,
    ask: (rig, key, signal) => rig.control.rollbackPlan(key, 0, signal),
  },
  {
    what: "the plan of lifting a hold",
    before: (rig, _, name) => rollback(rig, name, 0),
    ask: (rig, key, signal) => rig.control.unholdPlan(key, signal),
  },
  {
    what: "the plan of a commit back",
    ask: (rig, key, signal) => rig.control.revertPlan(key, 0, signal),
  },
  {
    what: "the plan of a commit back, as it asks what is read",
    after: 2,
    ask: (rig, key, signal) => rig.control.revertPlan(key, 0, signal),
  },
];

let nth = 0;
test.each(cases)(
  "$what",
  async ({ after = 0, before, ask }) => {
    const name = `left-${(nth += 1)}`;
    const git = hangingGit();
    const rig = await startRig({ git: git.over });
    const { repository } = await deployed(rig, name, ["one"]);
    await deliver(rig, name, repository, { ...holding(name, "two"), "more.yaml": configMap(name, "more") });
    await before?.(rig, repository, name);
    await rig.untilIdle();
    git.hangsAfter(after);
    const leaving = new AbortController();
    const asked = ask(rig, keyOf(name), leaving.signal).then(
      () => "answered",
      (cause: unknown) => cause,
    );
    await Promise.race([asked, eventually("it hangs", () => git.hanging.length > 0)]);
    leaving.abort(LEFT);
    expect(await asked).toBe(LEFT);
    expect(git.hanging).not.toContain("cannot be left");
  },
  60_000,
);
