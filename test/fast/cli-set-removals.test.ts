/** Leave for ApplicationSets whose files are gone, by `admin approve-removal` and the API. */
import { afterEach, expect, test } from "bun:test";
import { appKey } from "../../src/core/model/application.ts";
import { keyOfSet } from "../../src/core/model/application-set.ts";
import { fakeControl } from "../fakes/fake-control.ts";
import { fakeSets, shopsSet } from "../fakes/fake-sets.ts";
import { cli } from "../lib/cli.ts";
import { now } from "../lib/cli-stage.ts";
import { type FakeApi, startFakeApi } from "../lib/fake-api.ts";

let api: FakeApi | undefined;
afterEach(() => api?.stop());

test("approve-removal approves of ApplicationSets too, which are counted and named as such", async () => {
  const control = fakeControl();
  const sets = fakeSets(control);
  await sets.add(shopsSet(["eu"]));
  api = startFakeApi(control, { sets });
  const server = api.url;
  const run = (argv: string) => cli(argv.split(" "), { server, now });
  const set = keyOfSet(shopsSet([]));
  control.setWaitingRemovals([appKey("flow", "api")]);
  sets.setWaitingRemovals([set]);
  expect(await run("admin approve-removal --confirm 1")).toMatchObject({ code: 7 });
  const { code, stdout, stderr } = await run("admin approve-removal --confirm 2");
  expect([code, stdout]).toEqual([0, `flow/api\nApplicationSet ${set}\n`]);
  expect(stderr).toContain("Approved: 1 application and 1 ApplicationSet missing from the folders");
  expect(sets.calls).toContain(`approve-removal ${set} user:local`);
  expect([control.waitingRemovals(), sets.waitingRemovals()]).toEqual([[], []]);
  // A set alone is one, too.
  sets.setWaitingRemovals([set]);
  expect(await run("admin approve-removal --yes")).toMatchObject({ code: 0 });
  expect(sets.waitingRemovals()).toEqual([]);
});

test("what does not wait is refused, and so are names of none", async () => {
  const control = fakeControl();
  const sets = fakeSets(control);
  await sets.add(shopsSet(["eu"]));
  api = startFakeApi(control, { sets });
  const approve = async (applicationSets: string[]) => {
    const body = JSON.stringify({ applicationSets });
    const sent = { method: "POST", headers: { "content-type": "application/json" }, body };
    return (await fetch(`${api?.url}/api/holdfast/v1/removals/applicationsets/approve`, sent)).status;
  };
  expect(await approve(["argocd/shops"])).toBe(400);
  expect(await approve(["argocd/none"])).toBe(400);
  expect(await approve([])).toBe(400);
  expect(await approve(["../etc"])).toBe(404);
});
