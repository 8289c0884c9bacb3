import { afterEach, expect, test } from "bun:test";
import { fakeControl } from "../../test/fakes/fake-control.ts";
import { fakeSets, shopsSet } from "../../test/fakes/fake-sets.ts";
import { eventually } from "../../test/lib/eventually.ts";
import { type FakeApi, startFakeApi } from "../../test/lib/fake-api.ts";

let api: FakeApi;
afterEach(() => api.stop());

test("sets that are tried have their generators asked one after the other", async () => {
  const control = fakeControl();
  const sets = fakeSets(control);
  const gate = Promise.withResolvers<void>();
  let [running, most, begun] = [0, 0, 0];
  const held = async <T>(work: () => Promise<T>): Promise<T> => {
    begun += 1;
    running += 1;
    most = Math.max(most, running);
    await gate.promise;
    running -= 1;
    return work();
  };
  const { preview, generate } = sets;
  sets.preview = (...asked) => held(() => preview(...asked));
  sets.generate = (...asked) => held(() => generate(...asked));
  api = startFakeApi(control, { sets });
  const set = shopsSet(["eu"]);
  const asked = [
    ...Array.from({ length: 3 }, () => ["/api/holdfast/v1/applicationsets/preview", set] as const),
    ["/api/v1/applicationsets/generate", { applicationSet: set }] as const,
    ["/api/v1/applicationsets?dryRun=true", set] as const,
  ].map(([path, body]) =>
    fetch(api.url + path, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify(body),
    }).then(({ status }) => status),
  );
  await eventually("the first is tried", () => begun > 0);
  await Bun.sleep(200);
  gate.resolve();
  expect(await Promise.all(asked)).toEqual([200, 200, 200, 200, 200]);
  expect([most, begun]).toEqual([1, 5]);
});
