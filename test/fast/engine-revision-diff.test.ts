/** What is there, held against a revision that somebody names: nothing is written, watched or kept of it. In this process, on the sandbox. */
import { describe, expect, test } from "bun:test";
import { Failure } from "../../src/core/model/failure.ts";
import type { ManagedResource } from "../../src/engine/control.ts";
import { propose } from "../lib/blast-of.ts";
import { endingOf } from "../lib/ending-of.ts";
import type { Rig } from "../lib/engine-rig.ts";
import { configMap } from "../lib/manifests.ts";
import { deployed, holding, keyOf, rollbackStage } from "../lib/rollback-stage.ts";

const { startRig, valueIn } = rollbackStage();
const never = new AbortController().signal;

async function at(
  rig: Rig,
  name: string,
  revision: string,
  signal = never,
): Promise<readonly ManagedResource[]> {
  const found = await rig.control.revisionDiff(keyOf(name), [revision], signal);
  if (found.is === "absent") throw new Error(`there is no application ${name}`);
  return found.value.resources;
}
const failureOf = async (work: Promise<unknown>): Promise<Failure> => {
  const cause = await work.catch((thrown: unknown) => thrown);
  if (cause instanceof Failure) return cause;
  throw new Error(`no failure, but ${String(cause)}`);
};

describe("what is there against another revision", () => {
  test("is told of a branch that nobody merged, with what comes and what differs; nothing is done", async () => {
    const rig = await startRig();
    const { repository } = await deployed(rig, "branch", ["one"]);
    await propose(
      repository,
      {
        ...holding("branch", "two"),
        "new.yaml": configMap("branch", "new", { value: "x" }),
      },
      { branch: "feature-x" },
    );
    const found = await at(rig, "branch", "feature-x");
    const told = found.map(({ ref, fields, live, predicted }) => [
      ref.name,
      live === undefined ? "comes" : predicted === undefined ? "goes" : "is",
      fields.map(({ path, live: was, desired }) => `${path} ${was} ${desired}`),
    ]);
    expect(told.sort()).toEqual([
      ["it", "is", ["data.value one two"]],
      ["new", "comes", []],
    ]);
    expect(await valueIn("branch")).toBe("one");
    expect(rig.app("branch").status?.sync.status).toBe("Synced");
  }, 30_000);

  test("names what is near where there is no such revision", async () => {
    const rig = await startRig();
    const { repository } = await deployed(rig, "typo", ["one"]);
    await propose(repository, holding("typo", "two"), { branch: "release-1.2" });
    const failure = await failureOf(at(rig, "typo", "relaese-1.2"));
    expect(failure.code).toBe("git-revision");
    expect(failure.fix).toBe("Near it: release-1.2");
    // As one of two sides of a diff it is asked for by another road.
    const side = await failureOf(rig.control.manifests(keyOf("typo"), ["relaese-1.2"]));
    expect(side.fix).toBe("Near it: release-1.2");
    const far = await failureOf(at(rig, "typo", "nothing-like-it"));
    expect(far.fix).toBe("Name one that is there, or push the branch or tag");
    const counted = await failureOf(rig.control.manifests(keyOf("typo"), ["main~1"]));
    expect(counted.fix).toBe(
      "A Git server does not count back from a name: give the commit that `git rev-parse main~1` prints",
    );
    const constraint = await failureOf(rig.control.manifests(keyOf("typo"), ["~1"]));
    expect(constraint.fix).toBe("Name one that is there, or push the branch or tag");
  }, 30_000);

  test("says the file where that revision cannot be rendered", async () => {
    const rig = await startRig();
    const { repository } = await deployed(rig, "broken", ["one"]);
    await propose(repository, { "it.yaml": "kind: ConfigMap\n  data: [\n" }, { branch: "bad" });
    const failure = await failureOf(at(rig, "broken", "bad"));
    expect(failure.message).toMatch(/it\.yaml:1: /);
  }, 30_000);

  test("is told of a branch that came, and went on, since Git was asked last, as one of two sides too", async () => {
    const rig = await startRig();
    const { repository } = await deployed(rig, "young", ["one"]);
    const valueAt = async (): Promise<unknown> => {
      const found = await rig.control.manifests(keyOf("young"), ["feature"]);
      return found.is === "found" && found.value.manifests.map(({ data }) => data);
    };
    await propose(repository, holding("young", "two"), { branch: "feature" });
    expect(await valueAt()).toEqual([{ value: "two" }]);
    await propose(repository, holding("young", "three"), { branch: "feature" });
    expect(await valueAt()).toEqual([{ value: "three" }]);
  }, 30_000);

  test("ends with whoever asked", async () => {
    const rig = await startRig();
    await deployed(rig, "left", ["one"]);
    const leaving = new AbortController();
    leaving.abort(new Error("they left"));
    expect(await endingOf(at(rig, "left", "main", leaving.signal))).toThrow("they left");
  }, 30_000);

  test("is made anew once something there changed, and not before", async () => {
    const rig = await startRig();
    const { repository } = await deployed(rig, "kept", ["one"]);
    await propose(repository, holding("kept", "two"), { branch: "feature" });
    const first = await at(rig, "kept", "feature");
    expect(await at(rig, "kept", "feature")).toBe(first);
    await repository.commit(holding("kept", "three"));
    await rig.refresh("kept");
    await rig.until("kept", (app) => app.status?.sync.status === "Synced");
    await rig.untilIdle();
    const [now] = await at(rig, "kept", "feature");
    expect(now?.fields.map(({ live }) => live)).toEqual(["three"]);
  }, 30_000);
});
