import { expect, test } from "bun:test";
import { liveObject } from "../../../test/lib/core-objects.ts";
import { eventually } from "../../../test/lib/eventually.ts";
import { appKey } from "../../core/model/application.ts";
import type { Inhabitants } from "../../core/model/home-contents.ts";
import type { ManagedApplication } from "../managed-application.ts";
import type { Snapshot } from "../snapshot.ts";
import { Orphans } from "./orphans.ts";

const WHOLE: Inhabitants = {
  objects: [liveObject({ name: "left" }, { tracking: undefined, uid: "1" })],
  unread: [],
};
const CUT: Inhabitants = { objects: [], unread: [{ because: "unreachable", why: "it does not answer" }] };

test("a look that was not answered, or answered in part, changes nothing; one at a time is enough", async () => {
  let answer: () => Promise<Inhabitants> = async () => WHOLE,
    looks = 0,
    learnt = 0;
  const orphans = new Orphans({
    ports: {
      clock: { now: Date.now, monotonic: () => 0, sleep: async () => undefined },
      settings: () => ({
        installationId: undefined,
        resources: { exclusions: [], inclusions: [] },
      }),
      log: { debug: () => undefined },
    },
    applications: { tracked: () => undefined },
    wanted: { wanting: () => [] },
    learnt: () => void learnt++,
  } as never);
  const cluster = {
    name: "prod",
    server: "https://prod",
    inhabitants: () => {
      looks++;
      return answer();
    },
  };
  const spec = { destinations: [{ server: "*", namespace: "*" }], orphanedResources: {} };
  const snapshot = {
    cluster,
    project: { metadata: { name: "team" }, spec },
    app: { spec: { destination: { namespace: "default" } } },
  } as unknown as Snapshot;
  const managed = { key: appKey("argocd", "shop"), snapshot } as ManagedApplication;
  const look = async () => {
    const before = learnt;
    orphans.look(managed, snapshot, "now");
    await eventually("it is learnt", () => learnt > before);
    return orphans.of(managed).map(({ ref }) => ref.name);
  };

  expect(await look()).toEqual(["left"]);
  answer = async () => CUT;
  expect(await look()).toEqual(["left"]);
  answer = () => Promise.reject(new Error("the connection was cut"));
  expect(await look()).toEqual(["left"]);
  answer = async () => ({ objects: [], unread: [] });
  expect(await look()).toEqual([]);
  looks = 0;
  orphans.look(managed, snapshot, "now");
  expect(await look()).toEqual([]);
  expect(looks).toBe(1);
});
