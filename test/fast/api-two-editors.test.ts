/** Two who change the same thing in the same moment: one is written whole, the other is told so, and nothing is half of each. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { gunzipSync } from "node:zlib";
import { type SetsDaemon, startSetsDaemon } from "../lib/sets-daemon.ts";

let given: SetsDaemon;
beforeAll(async () => {
  given = await startSetsDaemon();
});
afterAll(() => given?.stop());

const HEADERS = { "content-type": "application/json" };
/** What an editor writes his name into. */
interface Edited {
  metadata: { labels: { by: string } };
  spec: {
    description: string;
    source: { path: string };
    template: { spec: { source: { path: string } } };
  };
}
/** What is answered, as far as it is looked at: the thing itself, or why not. */
interface Told extends Edited {
  applicationSet: Edited;
  message: string;
  details: unknown;
}
async function ask(method: string, path: string, body?: unknown, over?: string) {
  const reply = await fetch(`${given.daemon.url}${path}`, {
    method,
    headers: { ...HEADERS, ...(over === undefined ? {} : { "if-match": over }) },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  return { status: reply.status, body: (await reply.json()) as Told, tag: reply.headers.get("etag") ?? "" };
}

interface Thing {
  name: string;
  make: unknown;
  path: string;
  /** One change of this editor, in two places. */
  write(by: string): { method: string; path: string; body: unknown };
  /** Who wrote each of the places. */
  wrote(body: Told): string[];
}
const project = (by: string) => ({
  metadata: { name: "edited", labels: { by } },
  spec: { sourceRepos: ["*"], destinations: [{ server: "*", namespace: "*" }], description: by },
});
const application = (by: string) => ({
  metadata: { name: "edited", labels: { by } },
  spec: {
    project: "default",
    source: { repoURL: "https://git.invalid/x.git", path: by, targetRevision: "main" },
    destination: { name: "in-cluster", namespace: "x" },
  },
});
const set = (by: string) => ({
  metadata: { name: "edited", labels: { by } },
  spec: {
    generators: [{ list: { elements: [] } }],
    template: {
      metadata: { name: "{{n}}" },
      spec: { ...application(by).spec, project: "default" },
    },
  },
});
const THINGS: Thing[] = [
  {
    name: "a project",
    path: "/api/v1/projects/edited",
    make: { method: "POST", path: "/api/v1/projects", body: { project: project("nobody") } },
    write: (by) => ({ method: "PUT", path: "/api/v1/projects/edited", body: { project: project(by) } }),
    wrote: ({ metadata, spec }) => [metadata.labels.by, spec.description],
  },
  {
    name: "an application",
    path: "/api/v1/applications/edited",
    make: { method: "POST", path: "/api/v1/applications?validate=false", body: application("nobody") },
    write: (by) => ({
      method: "PUT",
      path: "/api/v1/applications/edited?validate=false",
      body: application(by),
    }),
    wrote: ({ metadata, spec }) => [metadata.labels.by, spec.source.path],
  },
  {
    name: "an application, its spec alone",
    path: "/api/v1/applications/edited",
    make: {
      method: "POST",
      path: "/api/v1/applications?upsert=true&validate=false",
      body: application("nobody"),
    },
    write: (by) => ({
      method: "PUT",
      path: "/api/v1/applications/edited/spec?validate=false",
      body: application(by).spec,
    }),
    wrote: ({ spec }) => [spec.source.path],
  },
  {
    name: "an ApplicationSet",
    path: "/api/holdfast/v1/applicationsets/argocd/edited",
    make: { method: "POST", path: "/api/v1/applicationsets", body: set("nobody") },
    write: (by) => ({ method: "POST", path: "/api/v1/applicationsets?upsert=true", body: set(by) }),
    wrote: ({ applicationSet: { metadata, spec } }) => [metadata.labels.by, spec.template.spec.source.path],
  },
];

describe.each(THINGS)("$name", ({ make, path, write, wrote }) => {
  test("is the one's whose change came first, whole, and the other is told why by 409", async () => {
    const made = make as { method: string; path: string; body: unknown };
    expect((await ask(made.method, made.path, made.body)).status).toBe(200);
    for (let round = 0; round < 10; round++) {
      const { tag } = await ask("GET", path);
      const editors = [`ann-${round}`, `ben-${round}`];
      const replies = await Promise.all(
        editors.map(async (by) => {
          const { method, path, body } = write(by);
          return { by, ...(await ask(method, path, body, tag)) };
        }),
      );
      expect(replies.map(({ status }) => status).sort()).toEqual([200, 409]);
      const [winner, loser] = [200, 409].map((status) => replies.find((one) => one.status === status));
      expect(loser?.body).toMatchObject({
        code: 10,
        message: expect.stringContaining("was changed by somebody else meanwhile, and nothing was written"),
        details: { reason: "changed-meanwhile" },
      });
      const now = await ask("GET", path);
      expect(new Set(wrote(now.body))).toEqual(new Set([winner?.by ?? ""]));
      // The tag of before is none any more, and the one of now is.
      const again = write(`cid-${round}`);
      expect((await ask(again.method, again.path, again.body, tag)).status).toBe(409);
      expect((await ask(again.method, again.path, again.body, now.tag)).status).toBe(200);
      expect(new Set(wrote((await ask("GET", path)).body))).toEqual(new Set([`cid-${round}`]));
    }
  });

  test("that says nothing of what it is written over is written, as Argo CD's clients have it", async () => {
    const { method, path: to, body } = write("argo");
    expect((await ask(method, to, body)).status).toBe(200);
    expect((await ask(method, to, body, "*")).status).toBe(200);
    expect((await ask(method, to, body, '"other", W/"another"')).status).toBe(409);
  });
});

test("a tag is of what people write, whatever becomes of it", async () => {
  const { tag } = await ask("GET", "/api/v1/applications/edited");
  await ask("POST", "/api/holdfast/v1/applications/argocd/edited/refresh", {});
  expect((await ask("GET", "/api/v1/applications/edited")).tag).toBe(tag);
});

test("a patch whose test does not hold is refused with 409, and one that makes no sense with 400", async () => {
  const patch = (ops: unknown[]) =>
    ask("PATCH", "/api/v1/applications/edited?validate=false", {
      patch: JSON.stringify(ops),
      patchType: "json",
    });
  const held = await patch([{ op: "test", path: "/spec/source/path", value: "nobody's" }]);
  expect([held.status, held.body.details]).toEqual([409, { reason: "changed-meanwhile" }]);
  expect((await patch([{ op: "remove", path: "/spec/nowhere" }])).status).toBe(400);
  const both = await Promise.all(
    ["one", "two"].map((by) =>
      patch([
        { op: "test", path: "/spec/source/path", value: "argo" },
        { op: "replace", path: "/spec/source/path", value: by },
      ]),
    ),
  );
  expect(both.map(({ status }) => status).sort()).toEqual([200, 409]);
});

test("of something that is gone it is said so", async () => {
  const { tag } = await ask("GET", "/api/v1/projects/edited");
  await ask("DELETE", "/api/v1/projects/edited", {});
  const late = await ask("POST", "/api/v1/projects", { project: project("late"), upsert: true }, tag);
  expect([late.status, late.body.message]).toEqual([
    409,
    "project edited is not there any more, and nothing was written",
  ]);
});

test("the list of all sets is packed for whoever can read it", async () => {
  const asked = (encoding: string) =>
    fetch(`${given.daemon.url}/api/holdfast/v1/applicationsets`, {
      headers: { "accept-encoding": encoding },
      decompress: false,
    } as RequestInit);
  for (let at = 0; at < 10; at++)
    await ask("POST", "/api/v1/applicationsets", { ...set("list"), metadata: { name: `set-${at}` } });
  const [plain, packed] = [await asked("identity"), await asked("gzip")];
  const [text, bytes] = [await plain.text(), new Uint8Array(await packed.arrayBuffer())];
  expect([plain.headers.get("content-encoding"), packed.headers.get("content-encoding")]).toEqual([
    null,
    "gzip",
  ]);
  expect(gunzipSync(bytes).toString()).toBe(text);
  expect(bytes.length).toBeLessThan(text.length / 4);
});
