import { afterAll, beforeEach, describe, expect, test } from "bun:test";
import { fakeApp, fakeControl } from "../../test/fakes/fake-control.ts";
import { startFakeApi } from "../../test/lib/fake-api.ts";
import { editedFields } from "../engine/act/edited-fields.ts";

const NOW = {
  apiVersion: "v1",
  kind: "ConfigMap",
  metadata: { name: "settings", namespace: "shop", uid: "u", resourceVersion: "7" },
  data: { level: "now" },
};
const control = fakeControl();
control.put(fakeApp("argocd", "web"));
const asked: object[] = [];
// What a person changed is told from what is there, as the engine does it.
control.editObject = async (_, { ref, from, edited }) => {
  asked.push(from.metadata);
  editedFields(NOW, from, edited, ref);
  return { is: "absent" };
};
const api = startFakeApi(control);
beforeEach(() => asked.splice(0));
afterAll(() => api.stop());

async function edit(metadata: object): Promise<{ status: number; text: string }> {
  const from = { ...NOW, metadata: { ...NOW.metadata, ...metadata }, data: { level: "shown" } };
  const object = { ...from, data: { level: "wanted" } };
  const reply = await fetch(`${api.url}/api/holdfast/v1/applications/argocd/web/object`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ from, object, mode: "dry-run" }),
  });
  return { status: reply.status, text: await reply.text() };
}

describe("an object that a person sends as it was shown", () => {
  test.each([
    ["annotations", { annotations: { "holdfast/filled-in": 5 } }],
    ["annotations", { annotations: "none" }],
    ["labels", { labels: [] }],
    ["labels", { labels: { tier: null } }],
  ])("with %s that are none is refused with what is wrong: %j", async (field, metadata) => {
    const { status, text } = await edit(metadata);
    expect([status, text]).toEqual([400, expect.stringContaining(`metadata.${field} holds texts`)]);
    expect(asked).toEqual([]);
  });

  test.each([[[null]], [5], ["x"]])("says nothing of who set what: %j", async (managedFields) => {
    const { status, text } = await edit({ managedFields });
    expect([status, text]).toEqual([400, expect.stringContaining("data.level was changed since")]);
    expect(asked).toEqual([NOW.metadata]);
  });
});
