import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { type FakeControl, fakeApp, fakeControl } from "../../test/fakes/fake-control.ts";
import { eventually } from "../../test/lib/eventually.ts";
import { type FakeApi, startFakeApi } from "../../test/lib/fake-api.ts";
import type { Application } from "../core/model/application.ts";
import type { HealthStatus } from "../core/model/health.ts";
import { ListState, type WholeList } from "../ui/store/list-state.ts";
import { changedSince, ListRows } from "./list-rows.ts";

let control: FakeControl;
let api: FakeApi;
beforeEach(() => {
  control = fakeControl();
  for (const name of ["web", "api"]) control.put(app(name, "Healthy"));
  api = startFakeApi(control);
});
afterEach(() => api.stop());

function app(name: string, health: HealthStatus): Application {
  const status = {
    ...{ sync: { status: "Synced" as const, comparedTo: { destination: {} } }, health: { status: health } },
    ...{ resources: [], history: [], reconciledAt: "2026-11-29T00:00:00Z" },
  };
  return { ...fakeApp("argocd", name), status };
}

async function whole(): Promise<ListState> {
  const reply = await fetch(`${api.url}/api/holdfast/v1/list`);
  return new ListState({
    ...((await reply.json()) as Omit<WholeList, "at">),
    at: Number(reply.headers.get("holdfast-at")),
  });
}

interface Followed {
  frames: any[];
  end(): Promise<void>;
}

async function followed(): Promise<Followed> {
  const leave = new AbortController();
  const reply = await fetch(`${api.url}/api/holdfast/v1/stream/list`, { signal: leave.signal });
  const reader = reply.body!.getReader();
  const frames: unknown[] = [];
  let rest = new TextDecoder().decode((await reader.read()).value);
  const reading = (async () => {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      const parts = (rest + new TextDecoder().decode(value)).split("\n");
      rest = parts.pop() ?? "";
      frames.push(...parts.filter((part) => part !== "").map((part) => JSON.parse(part) as unknown));
    }
  })().catch(() => undefined);
  return {
    frames,
    async end() {
      leave.abort();
      await reading;
    },
  };
}

describe("/api/holdfast/v1/list", () => {
  test("has a row for each application, and nothing of what no list shows", async () => {
    const state = await whole();
    expect([...state.applications().keys()]).toEqual(["argocd/api", "argocd/web"]);
    const text = await (await fetch(`${api.url}/api/holdfast/v1/list`)).text();
    for (const word of ["resources", "history", "comparedTo", "reconciledAt"])
      expect(text).not.toContain(`"${word}"`);
  });

  test("is packed for whoever takes it so, anew when something changed", async () => {
    const ask = async (): Promise<string> => {
      const reply = await fetch(`${api.url}/api/holdfast/v1/list`, {
        headers: { "accept-encoding": "gzip" },
      });
      expect(reply.headers.get("content-encoding")).toBe("gzip");
      return reply.text();
    };
    const before = await ask();
    expect(await ask()).toBe(before);
    control.put(app("web", "Degraded"));
    expect(await ask()).toContain("Degraded");
  });
});

describe("/api/holdfast/v1/stream/list", () => {
  test("tells what changed of each, and of what was told together once", async () => {
    const stream = await followed();
    const state = await whole();
    for (const health of ["Progressing", "Degraded", "Progressing", "Degraded"] as const)
      control.put(app("web", health));
    control.put(app("new", "Missing"));
    control.drop("argocd/api" as never);
    await eventually("it is told", async () => stream.frames.length > 0);
    const [frame] = stream.frames;
    expect(frame).toEqual({
      ...{ from: expect.any(Number), to: expect.any(Number) },
      put: [expect.arrayContaining([expect.objectContaining({ name: "new" })])],
      set: { "argocd/web": { version: expect.any(Number), health: { status: "Degraded" } } },
      gone: ["argocd/api"],
    });
    expect(state.take(frame).is).toBe("taken");
    expect([...state.applications()].map(([key, one]) => [key, one.status?.health.status])).toEqual([
      ["argocd/web", "Degraded"],
      ["argocd/new", "Missing"],
    ]);
    await stream.end();
  });

  test("lines follow one on the other, whatever changes while they are read", async () => {
    const stream = await followed();
    const state = await whole();
    const names = Array.from({ length: 2_500 }, (_, at) => `app-${at}`);
    for (const name of names) control.put(app(name, "Healthy"));
    // More than one line takes: what waits changes again meanwhile.
    const healths = ["Degraded", "Progressing", "Missing", "Healthy"] as const;
    for (const health of healths) {
      for (const name of names) control.put(app(name, health));
      await Bun.sleep(40);
    }
    const now = await whole();
    let taken = 0;
    await eventually("all is told", async () => {
      for (const frame of stream.frames.splice(0)) {
        const { is } = state.take(frame);
        expect(is).not.toBe("gap");
        taken += 1;
      }
      return Bun.deepEquals([...state.applications()].sort(), [...now.applications()].sort());
    });
    expect(taken).toBeGreaterThan(1);
    await stream.end();
  });

  test("whoever does not read costs a row for each application, and then hears the latest", async () => {
    const leave = new AbortController();
    const reply = await fetch(`${api.url}/api/holdfast/v1/stream/list`, { signal: leave.signal });
    for (let nth = 0; nth < 20_000; nth += 1) {
      const made = app("web", nth % 2 === 0 ? "Degraded" : "Healthy");
      control.put({
        ...made,
        metadata: { ...made.metadata, labels: { nth: String(nth), long: "x".repeat(500) } },
      });
      if (nth % 1_000 === 0) await Bun.sleep(1);
    }
    let text = "";
    const reader = reply.body!.getReader();
    while (!text.includes('"nth":"19999"')) text += new TextDecoder().decode((await reader.read()).value);
    // 20,000 changes of 600 bytes each would be 12 MB.
    expect(text.length).toBeLessThan(200_000);
    leave.abort();
    await eventually("nobody listens", async () => control.listeners() === 0);
  });
});

describe("ListRows", () => {
  test("a column's time is when it became what it is", () => {
    let now = 1;
    const rows = new ListRows(() => now);
    rows.of(app("web", "Healthy"));
    now = 2;
    const before = rows.tick();
    now = 3;
    const row = rows.of(app("web", "Degraded"));
    expect(changedSince(row, before)).toEqual({ version: row.version, health: { status: "Degraded" } });
    expect(changedSince(row, row.version)).toEqual({ version: row.version });
  });

  test("a change that is known later is told then, of its column alone, and a long one is cut by its letters", () => {
    const rows = new ListRows();
    const web = app("web", "Healthy");
    const first = rows.of(web);
    const change = { commit: "1a2b3c4d".repeat(5), subject: "Raise limits", author: "Ana <ana@example.com>" };
    expect(rows.of(web, { changed: change, newest: undefined })).not.toBe(first);
    const row = rows.of(web, { changed: change, newest: undefined });
    expect(rows.of(web, { changed: change, newest: undefined })).toBe(row);
    expect(changedSince(row, first.version)).toEqual({
      version: row.version,
      sync: { status: "Synced", changed: { commit: "1a2b3c4", subject: "Raise limits", author: "Ana" } },
    });
    const long = rows.of(web, {
      changed: { ...change, subject: `<b>${"🙂".repeat(5_000)}` },
      newest: undefined,
    });
    const { changed } = changedSince(long, row.version)["sync"] as { changed: { subject: string } };
    const { subject } = changed;
    expect([[...subject].length, subject.startsWith("<b>🙂"), subject.endsWith("🙂…")]).toEqual([
      80,
      true,
      true,
    ]);
  });

  test("where a branch is is in no row, which version of a chart is", () => {
    const at = (source: object, revision: string) => {
      const of = app("web", "Healthy");
      const status = { ...of.status, sync: { ...of.status?.sync, revision } };
      const { columns } = new ListRows().of({ ...of, spec: { ...of.spec, source }, status } as never);
      return columns.map(({ text }) => text).join();
    };
    const git = { repoURL: "https://git.example.com/shop.git", path: "web", targetRevision: "main" };
    expect(at(git, "9f2e1aa".padEnd(40, "0"))).toBe(at(git, "1a2b3c4".padEnd(40, "0")));
    const chart = { repoURL: "https://charts.example.com", chart: "db", targetRevision: "^17.3.0" };
    expect(at(chart, "17.3.2")).toContain('{"status":"Synced","revision":"17.3.2"}');
    expect(at(chart, "17.3.3")).not.toBe(at(chart, "17.3.2"));
  });

  test("times rise where the clock stands still or goes back", () => {
    let now = 5;
    const rows = new ListRows(() => now);
    const first = rows.tick();
    now = 1;
    expect([rows.tick() > first, rows.tick() > first + 1]).toEqual([true, true]);
  });

  test("whoever sees few has nobody else's rows made anew", () => {
    const rows = new ListRows();
    const all = Array.from({ length: 2_000 }, (_, at) => app(`app-${at}`, "Healthy"));
    const before = rows.ofAll(all);
    rows.ofAll(all.slice(0, 1));
    expect(rows.ofAll(all).every((row, at) => row === before[at])).toBe(true);
  });

  test("a row that was forgotten counts as changed, whole", () => {
    const rows = new ListRows();
    const web = app("web", "Healthy");
    rows.of(web);
    const before = rows.tick();
    rows.gone("argocd/web" as never);
    expect(Object.keys(changedSince(rows.of(web), before))).toContain("spec");
  });
});
