import { afterEach, expect, test } from "bun:test";
import { fakeApp, fakeControl } from "../../test/fakes/fake-control.ts";
import { eventually } from "../../test/lib/eventually.ts";
import { type FakeApi, startFakeApi } from "../../test/lib/fake-api.ts";

let api: FakeApi;
afterEach(() => api.stop());

test("values of many requests are read one after the other, and not for whoever has gone", async () => {
  const control = fakeControl();
  control.put(fakeApp("argocd", "web"));
  const gate = Promise.withResolvers<void>();
  const { values } = control;
  let [running, most, begun] = [0, 0, 0];
  control.values = async (key, signal) => {
    begun += 1;
    running += 1;
    most = Math.max(most, running);
    await gate.promise;
    running -= 1;
    return values(key, signal);
  };
  api = startFakeApi(control);
  const path = `${api.url}/api/holdfast/v1/applications/argocd/web/values`;
  const left = new AbortController();
  const asked = Array.from({ length: 4 }, () => fetch(path).then(({ status }) => status));
  const gone = Array.from({ length: 4 }, () =>
    fetch(path, { signal: left.signal }).then(
      () => "answered",
      () => "gone",
    ),
  );
  await eventually("the first is read", () => begun > 0);
  await Bun.sleep(300);
  left.abort();
  expect(await Promise.all(gone)).toEqual(["gone", "gone", "gone", "gone"]);
  await Bun.sleep(300);
  gate.resolve();
  expect(await Promise.all(asked)).toEqual([200, 200, 200, 200]);
  expect(most).toBe(1);
  expect(begun).toBeLessThanOrEqual(5);
});
