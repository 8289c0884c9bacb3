/** A connection that is closed in the middle of its first questions: nothing is left that falls over. */
import { afterAll, beforeAll, expect, test } from "bun:test";
import { connectCluster } from "../../src/cluster/cluster.ts";
import type { WatchState } from "../../src/core/ports/object-watch.ts";
import { type ApiProxy, startApiProxy } from "../lib/api-proxy.ts";
import { SERVER, startWorld, type World } from "../lib/engine-rig.ts";
import { eventually } from "../lib/eventually.ts";
import { recordingLog } from "../lib/recording-log.ts";

let world: World, proxy: ApiProxy;
beforeAll(async () => {
  world = await startWorld();
  proxy = await startApiProxy(world.kubeconfig);
});
afterAll(async () => {
  await proxy.stop();
  await world.stop();
});

const GVK = { group: "", version: "v1", kind: "ConfigMap" };

// A rejection that nobody handles ends a daemon before it has let go of what it holds, and fails the test in which it comes.
test.each(["/api", "/apis", "/version"])(
  "a watch is ended with its connection while %s is asked",
  async (path) => {
    const log = recordingLog();
    const cluster = await connectCluster({
      ...{ name: "in-cluster", server: SERVER, log },
      kubeconfig: { file: proxy.kubeconfig },
    });
    const heal = proxy.inject((request) => request.path === path, { do: "hang" });
    const states: WatchState[] = [];
    const nothing = () => undefined;
    const watch = cluster.watch(
      GVK,
      { namespaces: [] },
      {
        ...{ changed: nothing, gone: nothing },
        became: (state) => void states.push(state),
      },
    );
    await eventually("it asks", () => proxy.hanging() === 1);
    watch.stop();
    await cluster.stop();
    await eventually("nobody asks any more", () => proxy.hanging() === 0);
    // Whoever waited for the answer hears of it in a turn of the loop after that.
    await Bun.sleep(0);
    expect([states, log.lines.filter(({ level }) => level === "error")]).toEqual([[], []]);
    heal();
  },
);
