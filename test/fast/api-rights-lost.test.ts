/** What stays open (streams, logs, exports, ranges) when the right to it is taken away, and how much of it one may open. */
import { describe, expect, test } from "bun:test";
import { createApi } from "../../src/api/create-api.ts";
import { OpenPlaces } from "../../src/api/open-places.ts";
import { AccessPolicy } from "../../src/core/access/access-policy.ts";
import { almighty, askerOf } from "../../src/core/access/asker.ts";
import { BUILTIN_POLICY } from "../../src/core/access/builtin-policy.ts";
import { parsePolicy } from "../../src/core/access/policy-text.ts";
import { type AppKey, type Application, appKey } from "../../src/core/model/application.ts";
import type { ApplicationEffect } from "../../src/core/model/blast-report.ts";
import type { PodLogAsk } from "../../src/core/model/pod-log.ts";
import type { LogEvent } from "../../src/engine/control.ts";
import { defined } from "../../src/lib/defined.ts";
import { fakeControl } from "../fakes/fake-control.ts";
import { fakeSets, shopsSet } from "../fakes/fake-sets.ts";
import { eventually } from "../lib/eventually.ts";
import { recordingLog } from "../lib/recording-log.ts";

const ALL =
  "p, ann, applications, get, */*, allow\np, ann, logs, get, */*, allow\np, ann, applicationsets, get, */*, allow";
const ONE = "p, ann, applications, get, default/web, allow\np, ann, logs, get, default/web, allow";

const app = (name: string): Application => ({
  apiVersion: "argoproj.io/v1alpha1",
  kind: "Application",
  metadata: { namespace: "argocd", name },
  spec: {
    project: "default",
    source: { repoURL: "https://git.example.com/x.git", path: ".", targetRevision: "main" },
    destination: { server: "https://kubernetes.default.svc", namespace: "x" },
  },
});

function policyOf(text: string): AccessPolicy {
  return new AccessPolicy({
    lines: [...BUILTIN_POLICY, ...parsePolicy(text, "policy.csv").lines],
    projects: new Map(),
    matchMode: "glob",
    defaultRole: undefined,
  });
}

async function world() {
  const control = fakeControl();
  for (const name of ["api", "web"]) control.put(app(name));
  const sets = fakeSets(control);
  let policy = policyOf(ALL);
  let isIn = true;
  const subject = { name: "ann", groups: [] };
  const api = createApi({
    control,
    sets,
    who: () => ({
      is: "known",
      by: "header",
      asker: askerOf({ actor: "user:ann", subject, holds: () => isIn }, () => policy),
    }),
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
  const open = async (path: string, body?: unknown, signal?: AbortSignal) => {
    const reply = await api.fetch(
      new Request(`http://127.0.0.1${path}`, {
        headers: { "content-type": "application/json" },
        ...defined({ signal }),
        ...(body === undefined ? {} : { method: "POST", body: JSON.stringify(body) }),
      }),
    );
    const reader = (reply.body as ReadableStream<Uint8Array<ArrayBuffer>>)
      .pipeThrough(new TextDecoderStream())
      .getReader();
    let text = "";
    const more = async (): Promise<boolean> => {
      const { done, value = "" } = await reader.read();
      text += value;
      return !done;
    };
    return {
      status: reply.status,
      text: () => text,
      async until(mark: string): Promise<string> {
        while (!text.includes(mark)) if (!(await more())) throw new Error(`ended without ${mark}: ${text}`);
        return text;
      },
      async rest(): Promise<string> {
        const from = text.length;
        while (await more());
        return text.slice(from);
      },
      leave: () => reader.cancel(),
    };
  };
  return {
    ...{ control, sets, open },
    allow: (text: string) => void (policy = policyOf(text)),
    endSession: () => void (isIn = false),
  };
}

describe("an answer that takes long, and whose right is taken away meanwhile", () => {
  const base = "/api/holdfast/v1/applications/argocd/api";
  test.each<[string, "managedResources" | "syncPlan" | "manifests", string, unknown]>([
    ["differences", "managedResources", "/api/v1/applications/api/managed-resources", undefined],
    ["their lines", "managedResources", `${base}/diff/lines`, undefined],
    ["a patch of them", "managedResources", `${base}/diff/patch`, undefined],
    ["manifests", "manifests", "/api/v1/applications/api/manifests", undefined],
    ["the plan of a sync", "syncPlan", `${base}/sync/plan`, {}],
  ])("tells nothing of %s", async (_, asked, path, body) => {
    const { control, open, allow } = await world();
    expect((await open(path, body)).status).toBe(200);
    const ask = control[asked] as (...of: unknown[]) => Promise<never>;
    control[asked] = async (...of: unknown[]): Promise<never> => {
      const answer = await ask.apply(control, of);
      allow(ONE);
      return answer;
    };
    const late = await open(path, body);
    expect(late.status).toBe(403);
    expect(await late.rest()).not.toContain("Deployment");
  });

  test("of plans of syncs nobody has very many made at once", async () => {
    const { control, open } = await world();
    const ask = control.syncPlan;
    const { promise, resolve } = Promise.withResolvers<void>();
    control.syncPlan = async (...of) => {
      await promise;
      return ask.apply(control, of);
    };
    const path = `${base}/sync/plan`;
    const others = Array.from({ length: 12 }, () => open(path, {}));
    expect((await open(path, {})).status).toBe(429);
    resolve();
    expect((await Promise.all(others)).map(({ status }) => status)).toEqual(Array(12).fill(200));
    expect((await open(path, {})).status).toBe(200);
  });

  test("tells of none of many that they are hidden by now", async () => {
    const { control, open, allow } = await world();
    const status = { sync: { status: "OutOfSync" }, health: { status: "Healthy" } } as Application["status"];
    for (const name of ["api", "web"]) control.put({ ...app(name), ...defined({ status }) });
    const ask = control.managedResources;
    control.managedResources = async (key) => {
      const answer = await ask.call(control, key);
      allow(ONE);
      return answer;
    };
    const stream = await open("/api/holdfast/v1/fleet/diff");
    const [begin, ...lines] = (await stream.rest())
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line));
    expect(begin).toEqual({ is: "begin", applications: 2 });
    expect(lines.map(({ is, application }) => [is, application])).toEqual([
      ["gone", "argocd/api"],
      ["application", "argocd/web"],
      ["end", undefined],
    ]);
  });
});

describe("a stream of applications, whose right is taken away", () => {
  test("has what is hidden now go, and goes on with the rest", async () => {
    const { control, open, allow } = await world();
    const stream = await open("/api/v1/stream/applications");
    await stream.until('"web"');
    allow(ONE);
    const gone = (await stream.until('"DELETED"')).split("\n").find((line) => line.includes("DELETED")) ?? "";
    expect(gone).toContain('"api"');
    expect(gone).not.toContain("git.example.com");
    control.put({ ...app("api"), metadata: { ...app("api").metadata, labels: { later: "api" } } });
    control.put({ ...app("web"), metadata: { ...app("web").metadata, labels: { later: "web" } } });
    expect(await stream.until('"later":"web"')).not.toContain('"later":"api"');
    await stream.leave();
    await eventually("it is left", () => control.listeners() === 0);
  });

  test("has what is hidden now go from the rows of the page too, with nothing but its name", async () => {
    const { control, open, allow } = await world();
    const stream = await open("/api/holdfast/v1/stream/list");
    await stream.until("\n");
    allow(ONE);
    const gone = await stream.until('"gone":["argocd/api"]');
    expect(gone).not.toContain("git.example.com");
    control.put({ ...app("api"), metadata: { ...app("api").metadata, labels: { later: "api" } } });
    control.put({ ...app("web"), metadata: { ...app("web").metadata, labels: { later: "web" } } });
    expect(await stream.until('"later":"web"')).not.toContain('"later":"api"');
    expect(await (await open("/api/holdfast/v1/list")).rest()).not.toContain('"name":"api"');
    await stream.leave();
    await eventually("it is left", () => control.listeners() === 0);
  });

  test("is told so and ended where nothing is left, though nothing happens", async () => {
    const { control, open, allow } = await world();
    const stream = await open("/api/v1/stream/applications");
    await stream.until('"web"');
    allow("");
    const last = (await stream.rest()).trimEnd().split("\n").at(-1) ?? "";
    expect(JSON.parse(last).error).toMatchObject({
      http_code: 403,
      message: "the permission to see these applications was taken away",
    });
    expect(control.listeners()).toBe(0);
  });

  test("tells nothing that waited for a slow reader when it was taken away", async () => {
    const { control, open, allow } = await world();
    const stream = await open("/api/v1/stream/applications");
    await stream.until('"web"');
    // More than is sent at once: the rest waits.
    for (let at = 0; at < 500; at++) control.put(app(`waits-${at}`));
    allow(ONE);
    control.put({ ...app("web"), metadata: { ...app("web").metadata, labels: { last: "yes" } } });
    const text = await stream.until('"last":"yes"');
    expect(text).not.toContain("waits-499");
    await stream.leave();
  });

  test("so has one of ApplicationSets", async () => {
    const { sets, open, allow } = await world();
    await sets.add(shopsSet(["eu"]));
    const stream = await open("/api/v1/stream/applicationsets");
    await stream.until('"shops"');
    allow(ONE);
    expect(await stream.rest()).toContain("the permission to see these applicationsets was taken away");
  });
});

describe("what stays open when the right to it or the session ends", () => {
  type World = Awaited<ReturnType<typeof world>>;
  const silent = async ({ control }: World): Promise<void> => {
    control.setLogs(
      async function* (_: PodLogAsk, signal: AbortSignal): AsyncGenerator<LogEvent> {
        await new Promise<void>((resolve) => signal.addEventListener("abort", () => resolve()));
      },
      ["web-1"],
    );
    control.blast = async function* (_, signal) {
      await new Promise<void>((resolve) => signal.addEventListener("abort", () => resolve()));
    };
  };
  const differing = async ({ control }: World): Promise<void> => {
    const status = { sync: { status: "OutOfSync" }, health: { status: "Healthy" } } as Application["status"];
    for (const name of ["api", "web"]) control.put({ ...app(name), ...defined({ status }) });
    const ask = control.managedResources;
    control.managedResources = async (key) => {
      await Bun.sleep(50);
      return ask.call(control, key);
    };
  };
  const none = async (): Promise<void> => undefined;
  test.each<[string, string, unknown, (world: World) => Promise<unknown>]>([
    ["applications", "/api/v1/stream/applications", undefined, none],
    ["rows of the list", "/api/holdfast/v1/stream/list", undefined, none],
    ["one application's objects", "/api/v1/stream/applications/api/resource-tree", undefined, none],
    [
      "ApplicationSets",
      "/api/v1/stream/applicationsets",
      undefined,
      ({ sets }) => sets.add(shopsSet(["eu"])),
    ],
    ["what became of all", "/api/holdfast/v1/stream/transitions", undefined, none],
    ["what became of one", "/api/holdfast/v1/stream/transitions?app=argocd/web", undefined, none],
    ["a log", "/api/v1/applications/web/logs?follow=true", undefined, silent],
    ["a range", "/api/holdfast/v1/blast", { head: "change" }, silent],
    ["differences of all", "/api/holdfast/v1/fleet/diff", undefined, differing],
  ])("%s is told why, and ended, though nothing happens", async (what, path, body, prepare) => {
    for (const how of ["right", "session"] as const) {
      const made = await world();
      await prepare(made);
      const stream = await made.open(path, body);
      expect([what, stream.status]).toEqual([what, 200]);
      if (how === "right") made.allow("");
      else made.endSession();
      const last = JSON.parse((await stream.rest()).trimEnd().split("\n").at(-1) ?? "");
      // Each application that is hidden meanwhile is told as gone, and then there are no more of them.
      if (path.includes("fleet") && how === "right") expect(last).toEqual({ is: "end" });
      else
        expect([what, how, last.error?.message]).toEqual([
          what,
          how,
          expect.stringMatching(
            how === "session" ? /the session or token has ended/ : /taken away|permission denied|not found/,
          ),
        ]);
      expect(made.control.listeners()).toBe(0);
    }
  });

  test("so is what became of an application that went into a project that is not one's own", async () => {
    const { control, open, allow } = await world();
    allow("p, ann, applications, get, default/*, allow");
    const stream = await open("/api/holdfast/v1/stream/transitions?app=argocd/web");
    const other = app("web");
    control.put({ ...other, spec: { ...other.spec, project: "others" } });
    expect(await stream.rest()).toContain("the permission to see what became of these was taken away");
  });

  test("whoever left before it began holds no place and no timer", async () => {
    const { control, open } = await world();
    const tree = control.hosts;
    for (let round = 0; round < 25; round++) {
      const left = new AbortController();
      control.hosts = async (key) => {
        left.abort();
        return tree(key);
      };
      await open("/api/v1/stream/applications/api/resource-tree", undefined, left.signal);
    }
    control.hosts = tree;
    expect(control.listeners()).toBe(0);
    const one = await open("/api/v1/stream/applications/api/resource-tree");
    expect(one.status).toBe(200);
    await one.leave();
  });

  test("one that cannot begin gives its place back", async () => {
    const { control, open } = await world();
    const ask = control.transitions;
    for (let round = 0; round < 25; round++) {
      control.transitions = () => {
        throw new Error("the store cannot be read");
      };
      expect((await open("/api/holdfast/v1/stream/transitions")).status).toBe(500);
    }
    control.transitions = ask;
    const one = await open("/api/holdfast/v1/stream/transitions");
    expect(one.status).toBe(200);
    control.transitions = () => {
      throw new Error("the store cannot be read");
    };
    control.setTransitions([]);
    expect(await one.rest()).toContain("the store cannot be read");
  });
});

describe("a stream of one application's objects", () => {
  const PATH = "/api/v1/stream/applications/api/resource-tree";

  test("tells what is another one since, whoever says so, and nothing twice", async () => {
    const { control, open } = await world();
    const stream = await open(PATH);
    const first = JSON.parse((await stream.until("}\n")).trim()).result;
    const kinds = first.nodes.map(({ kind }: { kind: string }) => kind);
    expect([kinds.slice(0, 2), first.orphanedNodes]).toEqual([["Deployment", "ReplicaSet"], []]);
    // Of the application something is another one, and of its objects nothing; nor of another application's.
    control.put({ ...app("api"), metadata: { ...app("api").metadata, labels: { a: "b" } } });
    control.put({ ...app("web"), metadata: { ...app("web").metadata, labels: { a: "b" } } });
    const tree = control.resourceTree;
    control.resourceTree = (key) => {
      const found = tree(key);
      if (found.is === "absent") return found;
      return { is: "found", value: found.value.map((node) => ({ ...node, resourceVersion: "later" })) };
    };
    // Nobody tells of it.
    const lines = (await stream.until("later")).trim().split("\n");
    expect(lines.map((line) => JSON.parse(line).result.nodes[0].resourceVersion)).toEqual(["812", "later"]);
    await stream.leave();
    await eventually("it is left", () => control.listeners() === 0);
  });

  test.each(["hidden", "deleted"])("ends where it is %s, as if it had never been there", async (how) => {
    const { control, open, allow } = await world();
    const stream = await open(PATH);
    await stream.until("}\n");
    if (how === "hidden") allow(ONE);
    else control.drop(appKey("argocd", "api"));
    const last = JSON.parse((await stream.rest()).trim().split("\n").at(-1) ?? "");
    expect(last.error).toMatchObject({ http_code: 404, message: "application argocd/api not found" });
    expect(control.listeners()).toBe(0);
    expect(JSON.parse(await (await open(PATH)).rest()).message).toContain(
      how === "hidden" ? "or it is not there" : "not found",
    );
  });
});

describe("a log, whose right is taken away", () => {
  const line = (text: string): LogEvent => ({ is: "line", pod: "web-1", time: "", text });

  test.each(["logs", "applications"])("of %s is read no further, told so, and let go of", async (lost) => {
    for (const then of ["writes on", "is silent"]) {
      const { control, open, allow } = await world();
      const ended = Promise.withResolvers<void>();
      const goOn = Promise.withResolvers<void>();
      control.setLogs(
        async function* (_: PodLogAsk, signal: AbortSignal): AsyncGenerator<LogEvent> {
          signal.addEventListener("abort", () => ended.resolve());
          yield line("one");
          await goOn.promise;
          if (then === "is silent") await ended.promise;
          for (let at = 0; at < 1_000; at++) yield line("two");
        },
        ["web-1"],
      );
      const log = await open("/api/v1/applications/web/logs?follow=true");
      await log.until('"one"');
      allow(
        ALL.split("\n")
          .filter((each) => !each.includes(`, ${lost},`))
          .join("\n"),
      );
      goOn.resolve();
      const rest = await log.rest();
      expect(rest).not.toContain('"two"');
      expect(JSON.parse(rest.trimEnd().split("\n").at(-1) ?? "").error.http_code).toBe(403);
      await ended.promise;
    }
  });
});

describe("an export of the activity, whose right is taken away", () => {
  test("does not look whole", async () => {
    const { control, open, allow } = await world();
    control.activity = ({ beyond = 0, limit }) =>
      beyond > 5_000
        ? []
        : Array.from({ length: limit }, (_, at) => ({ seq: beyond + at + 1, action: "sync" }) as never);
    const exported = await open("/api/holdfast/v1/activity?format=ndjson");
    await exported.until('"seq":1');
    allow(ONE);
    const last = (await exported.rest()).trimEnd().split("\n").at(-1) ?? "";
    expect(JSON.parse(last).error.http_code).toBe(403);
  });
});

describe("a range that is looked at, whose right is taken away", () => {
  test("ends with the reason", async () => {
    const { control, open, allow } = await world();
    const effect = (key: AppKey): ApplicationEffect => ({ application: key }) as never;
    const goOn = Promise.withResolvers<void>();
    control.setBlast("change", []);
    const { blast } = control;
    control.blast = async function* (ask, signal) {
      for await (const event of blast(ask, signal)) if (event.is === "range") yield event;
      await goOn.promise;
      for (let at = 0; at < 1_000; at++) yield { is: "application", effect: effect(appKey("argocd", "web")) };
    };
    const range = await open("/api/holdfast/v1/blast", { head: "change" });
    await range.until('"range"');
    allow(ONE);
    goOn.resolve();
    const rest = await range.rest();
    expect(rest).not.toContain("argocd/web");
    expect(JSON.parse(rest.trimEnd().split("\n").at(-1) ?? "")).toMatchObject({
      is: "error",
      error: { code: 7 },
    });
  });
});

describe("what is open at once", () => {
  const policy = policyOf("g, admin, role:admin");
  const asker = (name: string) =>
    askerOf({ actor: `token:${name}/${Math.random()}`, subject: { name, groups: [] } }, () => policy);

  test("is so much of one, with whatever token, and a part of all is kept for who looks after accounts", () => {
    const places = new OpenPlaces("streams are open", { all: 10, each: 3, kept: 2 });
    const take = (name: string) => places.take(asker(name));
    const [first, second] = [take("ann"), take("ann"), take("ann")];
    expect(() => take("ann")).toThrow("3 streams are open already that ann asked for");
    for (const name of ["bob", "bob", "bob", "cid", "cid"]) take(name);
    expect(() => take("dan")).toThrow("as many streams are open already as there may be");
    take("admin");
    first?.();
    first?.();
    expect(() => take("dan")).toThrow("as there may be");
    second?.();
    take("dan");
    expect(() => take("eve")).toThrow("as there may be");
    // Who has the daemon's own token is counted with all, and not by name.
    for (let at = 0; at < 2; at++) places.take(almighty("user:token"));
    expect(() => places.take(almighty("user:token"))).toThrow("as there may be");
  });

  test("is given back by streams, logs, exports and ranges that end", async () => {
    const { control, open } = await world();
    control.setBlast("change", []);
    for (let round = 0; round < 25; round++) {
      const stream = await open("/api/v1/stream/applications");
      expect(stream.status).toBe(200);
      await stream.leave();
      for (const path of [
        "/api/v1/applications/web/logs",
        "/api/holdfast/v1/activity?format=ndjson",
        "/api/v1/applications/web/logs?tailLines=x",
      ]) {
        const answer = await open(path);
        expect([path, answer.status]).toEqual([path, path.endsWith("x") ? 400 : 200]);
        await answer.rest();
      }
      const range = await open("/api/holdfast/v1/blast", { head: "change" });
      expect(range.status).toBe(200);
      await range.rest();
    }
    const kept = [];
    for (let at = 0; at < 20; at++) kept.push(await open("/api/v1/stream/applications"));
    const refused = await open("/api/v1/stream/applications");
    expect(refused.status).toBe(429);
    await refused.leave();
    for (const stream of kept) await stream.leave();
  });
});
