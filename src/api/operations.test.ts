import { afterEach, beforeEach, expect, test } from "bun:test";
import { type FakeControl, fakeApp, fakeControl } from "../../test/fakes/fake-control.ts";
import { type FakeApi, startFakeApi } from "../../test/lib/fake-api.ts";
import type { FileDiff } from "./file-diffs.ts";

let control: FakeControl;
let api: FakeApi;
beforeEach(() => {
  control = fakeControl();
  for (const name of ["web", "other"]) control.put(fakeApp("argocd", name));
  api = startFakeApi(control);
});
afterEach(() => api.stop());

const base = "/api/holdfast/v1/applications/argocd";
const filesOf = async (path: string, method = "POST"): Promise<FileDiff[]> => {
  const init =
    method === "POST" ? { method, body: "{}", headers: { "content-type": "application/json" } } : {};
  return ((await (await fetch(api.url + path, init)).json()) as { files: FileDiff[] }).files;
};

test.each([
  ["a sync", `${base}/web/sync/plan`, "POST"],
  ["a rollback", `${base}/web/history/1/diff`, "GET"],
])(
  "the plan of %s has lines, and parts of them are there though nothing of it can be compared now",
  async (_, path, method) => {
    const files = await filesOf(path, method);
    const update = files.find(({ change }) => change === "change");
    expect(update).toMatchObject({ kind: "Deployment", added: 1, removed: 1, total: 8 });
    expect(update?.hunks).toEqual([
      expect.objectContaining({ at: 3, lines: expect.arrayContaining(["-  replicas: 5", "+  replicas: 3"]) }),
    ]);
    expect(files.find(({ change }) => change === "create")?.hunks[0]?.lines[0]).toBe("+apiVersion: v1");
    // Of another revision, or of other options, what is there with Git would be another text.
    control.managedResources = async () => ({ is: "found", value: [] });
    const part = (app: string) => fetch(`${api.url}${base}/${app}/diff/part?file=${update?.id}&from=0&to=3`);
    const reply = await part("web");
    expect(await reply.json()).toMatchObject({
      hunks: [{ at: 0, lines: [" apiVersion: apps/v1", " kind: Deployment", " metadata:"] }],
    });
    // By its id alone nobody has it of another application.
    expect((await part("other")).status).toBe(400);
  },
);
