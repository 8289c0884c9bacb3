/** What became of applications and clusters, by the API: what is asked for, in pages and as it comes, and who is told of what. */
import { expect, test } from "bun:test";
import { createApi } from "../../src/api/create-api.ts";
import { AccessPolicy } from "../../src/core/access/access-policy.ts";
import { askerOf } from "../../src/core/access/asker.ts";
import { BUILTIN_POLICY } from "../../src/core/access/builtin-policy.ts";
import { parsePolicy } from "../../src/core/access/policy-text.ts";
import { type Application, appKey } from "../../src/core/model/application.ts";
import type { Transition } from "../../src/core/model/transition.ts";
import { fakeControl } from "../fakes/fake-control.ts";
import { recordingLog } from "../lib/recording-log.ts";

const POLICY = [
  "p, ann, applications, get, team/*, allow",
  "p, ops, applications, get, */*, allow",
  "p, ops, clusters, get, *, allow",
].join("\n");

const app = (name: string, project: string, uid: string): Application => ({
  apiVersion: "argoproj.io/v1alpha1",
  kind: "Application",
  metadata: { namespace: "argocd", name, uid },
  spec: { project, destination: { server: "https://kubernetes.default.svc", namespace: "x" } },
});
const of = (seq: number, name: string, uid: string, more: Partial<Transition> = {}): Transition => ({
  ...{ seq, kind: "health-degraded", app: appKey("argocd", name), uid, count: 1 },
  ...{ at: `2026-11-30T08:00:${String(seq).padStart(2, "0")}Z`, first: "2026-11-30T08:00:00Z" },
  ...more,
});
const TOLD: Transition[] = [
  of(1, "web", "earlier"),
  of(2, "web", "w", { kind: "drift-found", why: "application argocd/secret has it too" }),
  of(3, "secret", "s"),
  of(4, "gone", "g", { kind: "deleted" }),
  {
    seq: 5,
    kind: "cluster-unreachable",
    cluster: "edge",
    at: "2026-11-30T08:00:05Z",
    first: "2026-11-30T08:00:05Z",
    count: 1,
    why: "away",
  },
  of(6, "web", "w"),
];

function world() {
  const control = fakeControl();
  control.put(app("web", "team", "w"));
  control.put(app("secret", "others", "s"));
  control.setTransitions(TOLD);
  const policy = new AccessPolicy({
    lines: [...BUILTIN_POLICY, ...parsePolicy(POLICY, "policy.csv").lines],
    projects: new Map(),
    matchMode: "glob",
    defaultRole: undefined,
  });
  let isIn = true;
  const api = createApi({
    control,
    who: ({ headers }) => {
      const name = headers.get("x-name") ?? "nobody";
      const subject = { name, groups: [] };
      const asker = askerOf({ actor: `user:${name}`, subject, holds: () => isIn }, () => policy);
      return { is: "known", by: "header", asker };
    },
    homeNamespace: "argocd",
    assets: [],
    version: {
      ...{ version: "0", commit: "", buildDate: "", helm: async () => "", kustomize: async () => "" },
      sandbox: { level: "mounts", why: "" },
    },
    metrics: async () => "",
    onHeard: () => undefined,
    log: recordingLog(),
  });
  const fetch = async (name: string, path: string): Promise<Response> =>
    api.fetch(new Request(`http://127.0.0.1/api/holdfast/v1/${path}`, { headers: { "x-name": name } }));
  const list = async (name: string, query = "") => {
    const reply = await fetch(name, `transitions${query}`);
    const { items, cursor } = (await reply.json()) as { items: Transition[]; cursor?: string };
    return { seqs: items.map(({ seq }) => seq), items, cursor };
  };
  return { control, fetch, list, leave: () => void (isIn = false) };
}

test("who sees all is told all, and whoever sees some of them is told of these, of this life alone", async () => {
  const { list } = world();
  expect((await list("ops")).seqs).toEqual([6, 5, 4, 3, 2, 1]);
  const { seqs, items } = await list("ann");
  expect(seqs).toEqual([6, 2]);
  expect(JSON.stringify(items)).not.toContain("secret");
  expect((await list("ann", "?app=argocd/secret")).seqs).toEqual([]);
  expect((await list("ann", "?app=argocd/gone")).seqs).toEqual([]);
  expect((await list("ann", "?cluster=edge")).seqs).toEqual([]);
  expect((await list("ops", "?cluster=edge")).seqs).toEqual([5]);
});

test("pages go on where the one before ended, in either order, without one doubled or left out", async () => {
  const { list } = world();
  for (const order of ["newest-first", "oldest-first"]) {
    const seen: number[] = [];
    let cursor: string | undefined = "";
    for (let page = 0; page < 6 && cursor !== undefined; page++) {
      const told = await list("ops", `?limit=2&order=${order}${cursor === "" ? "" : `&cursor=${cursor}`}`);
      seen.push(...told.seqs);
      cursor = told.cursor;
    }
    expect(seen).toEqual(order === "newest-first" ? [6, 5, 4, 3, 2, 1] : [1, 2, 3, 4, 5, 6]);
  }
  expect((await list("ann", "?limit=1")).seqs).toEqual([6]);
});

test("kinds are chosen, and one that there is not is refused with those that there are", async () => {
  const { list, fetch } = world();
  expect((await list("ops", "?kind=deleted,drift-found")).seqs).toEqual([4, 2]);
  const refused = await fetch("ops", "transitions?kind=drift");
  expect([refused.status, await refused.text()]).toEqual([400, expect.stringContaining("drift-healed")]);
  expect((await fetch("ops", "transitions?since=2026-99-99")).status).toBe(400);
});

test("a stream tells what comes, to whoever may see it, and ends with the session", async () => {
  const { control, fetch, leave } = world();
  const reply = await fetch("ann", "stream/transitions");
  const reader = (reply.body as ReadableStream<Uint8Array<ArrayBuffer>>)
    .pipeThrough(new TextDecoderStream())
    .getReader();
  let text = "";
  const until = async (mark: string): Promise<void> => {
    while (!text.includes(mark)) {
      const { done, value = "" } = await reader.read();
      text += value;
      if (done) throw new Error(`ended without ${mark}: ${text}`);
    }
  };
  control.setTransitions([...TOLD, of(7, "secret", "s"), of(8, "web", "w", { kind: "health-recovered" })]);
  await until('"seq":8');
  expect(text).not.toContain('"seq":7');
  expect(text).not.toContain('"seq":6');
  leave();
  await until('"error"');
});

test("a stream from a cursor on begins with what was missed", async () => {
  const { fetch } = world();
  const reply = await fetch("ops", "stream/transitions?cursor=4");
  const reader = (reply.body as ReadableStream<Uint8Array<ArrayBuffer>>)
    .pipeThrough(new TextDecoderStream())
    .getReader();
  let text = "";
  while (!text.includes('"seq":6')) {
    const { done, value = "" } = await reader.read();
    text += value;
    if (done) throw new Error(`it ended: ${text}`);
  }
  expect([...text.matchAll(/"seq":(\d)/g)].map(([, seq]) => seq)).toEqual(["5", "6"]);
  await reader.cancel();
});
