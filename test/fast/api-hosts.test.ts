/** The nodes of an application's Pods over HTTP, in the shape that clients of Argo CD read, once and as a stream. */
import { expect, test } from "bun:test";
import { fakeApp, fakeControl } from "../fakes/fake-control.ts";
import { startFakeApi } from "../lib/fake-api.ts";

test("what is asked for and what there is are in thousandths, and nothing tells which machine it is", async () => {
  const control = fakeControl();
  control.put(fakeApp("argocd", "web"));
  const api = startFakeApi(control);
  const { hosts } = (await (await fetch(`${api.url}/api/v1/applications/web/resource-tree`)).json()) as {
    hosts: { systemInfo: Record<string, string> }[];
  };
  expect(hosts).toEqual([
    expect.objectContaining({
      name: "worker-1",
      resourcesInfo: [
        {
          ...{ resourceName: "cpu", requestedByApp: 300, requestedByNeighbors: 1_500 },
          ...{ capacity: 4_000, allocatable: 3_920 },
        },
        {
          ...{ resourceName: "memory", requestedByApp: 192 * 2 ** 20 * 1_000 },
          ...{ requestedByNeighbors: 2 ** 30 * 1_000, capacity: 16 * 2 ** 30 * 1_000 },
          allocatable: 15 * 2 ** 30 * 1_000,
        },
        {
          ...{ resourceName: "pods", requestedByApp: 3_000, requestedByNeighbors: 9_000 },
          ...{ capacity: 110_000, allocatable: 110_000 },
        },
      ],
      holdfast: { neighbors: "all" },
    }),
    expect.objectContaining({
      name: "worker-2",
      resourcesInfo: [
        { resourceName: "cpu", requestedByApp: 100 },
        { resourceName: "memory", requestedByApp: 64 * 2 ** 20 * 1_000 },
        { resourceName: "pods", requestedByApp: 1_000 },
      ],
      holdfast: { neighbors: "unknown", why: "the daemon may not read Nodes: grant get on nodes" },
    }),
  ] as never);
  const [first] = hosts;
  expect(first?.systemInfo).toMatchObject({ osImage: "Debian GNU/Linux 13", machineID: "", systemUUID: "" });
  await api.stop();
});

test("a stream tells a node's room when it is another one, while a slow answer holds up nobody", async () => {
  const control = fakeControl();
  control.put(fakeApp("argocd", "web"));
  const api = startFakeApi(control);
  const told = await control.hosts("argocd/web" as never);
  let asked = 0;
  const slow = Promise.withResolvers<typeof told>();
  control.hosts = async () => (++asked === 1 ? told : slow.promise);
  const leave = new AbortController();
  const stream = await fetch(`${api.url}/api/v1/stream/applications/web/resource-tree`, {
    signal: leave.signal,
  });
  const reader = (stream.body as ReadableStream<Uint8Array>).getReader();
  const line = async (): Promise<{ result: { hosts: { name: string }[] } }> =>
    JSON.parse(Buffer.from((await reader.read()).value ?? []).toString());
  expect((await line()).result.hosts).toHaveLength(2);
  control.emit({ type: "MODIFIED", app: fakeApp("argocd", "web") } as never);
  control.emit({ type: "MODIFIED", app: fakeApp("argocd", "web") } as never);
  slow.resolve({ is: "found", value: told.is === "found" ? told.value.slice(0, 1) : [] });
  expect((await line()).result.hosts.map(({ name }) => name)).toEqual(["worker-1"]);
  // Twice told while it was looked is looked at once more.
  expect(asked).toBeGreaterThanOrEqual(3);
  leave.abort();
  await api.stop();
}, 20_000);
