/** What was planned, approved or begun of a set counts for nothing else than that. */
import { expect, test } from "bun:test";
import { eventually } from "../../test/lib/eventually.ts";
import { type AppKey, type Application, appKey } from "../core/model/application.ts";
import { type ApplicationSet, setKey } from "../core/model/application-set.ts";
import type { ApplicationSetStatus } from "../core/model/application-set-status.ts";
import type { KnownSet, SetChild } from "../core/ports/sets-home.ts";
import { ChildIndex } from "../core/sets/child-index.ts";
import { systemClock } from "../lib/system-clock.ts";
import { ApplicationSets } from "./application-sets.ts";
import { makeSetsControl } from "./make-control.ts";
import type { ManagedSet } from "./managed-set.ts";
import type { SetsPorts } from "./sets-ports.ts";
import { SyncsInTurn } from "./syncs-in-turn.ts";

const SPEC = {
  project: "default",
  source: { repoURL: "https://git.example.com/web.git", path: "a" },
  destination: { server: "https://a" },
};
const GONE = "2026-11-29T00:00:00Z";
const FILE = { from: "file", file: "web.yaml", line: 1 } as const;

function setOf(name: string, more: object = {}): ApplicationSet {
  return {
    apiVersion: "argoproj.io/v1alpha1",
    kind: "ApplicationSet",
    metadata: { name, namespace: "argocd" },
    spec: {
      generators: [{ list: { elements: [] } }],
      template: { metadata: { name: "{{n}}" }, spec: SPEC },
      ...more,
    },
  } as unknown as ApplicationSet;
}

const wanting = (names: readonly string[]) => ({
  generators: [{ list: { elements: names.map((n) => ({ n })) } }],
});

function knownOf(name: string, more: Partial<KnownSet> = {}): KnownSet {
  return {
    ...{ key: setKey("argocd", name), uid: name, set: setOf(name), origin: FILE, goingSince: undefined },
    ...{ status: undefined, refresh: undefined, ...more },
  };
}

/** Sets, and applications of theirs by name: `web-1` is of the set `web`. */
function stage(sets: KnownSet[], names: readonly string[], more: Partial<SetsPorts> = {}) {
  const values = new Map<string, string | undefined>();
  const children = new ChildIndex();
  for (const name of names) {
    const key = appKey("argocd", name);
    const app: Application = {
      apiVersion: "argoproj.io/v1alpha1",
      kind: "Application",
      metadata: { name, namespace: "argocd" },
      spec: SPEC,
    };
    const ownedBy = setKey("argocd", name.split("-")[0] ?? "");
    children.set({ key, uid: name, app, ownedBy, isGoing: false });
  }
  const removed: string[] = [];
  const world = { sets, blind: undefined as string | undefined, status: {} as ApplicationSetStatus };
  let tell = (): void => undefined;
  const home = {
    sets: () => ({ sets: world.sets, unreadable: new Set(), problems: [], incomplete: undefined }),
    children: () => ({ children, incomplete: world.blind }),
    onChange: (listener: () => void) => {
      tell = listener;
      return () => undefined;
    },
    remove: async ({ key, app }: SetChild) => {
      removed.push(app.metadata.name);
      children.delete(key);
      tell();
      return { is: "written" };
    },
    release: (key: string) => {
      world.sets = world.sets.filter((one) => one.key !== key);
      tell();
    },
    show: (_: unknown, status: ApplicationSetStatus) => {
      world.status = status;
    },
    events: async () => undefined,
    refreshed: () => undefined,
  };
  const ports = {
    home,
    facts: {
      tell: () => ({ facts: {}, told: () => ({ trees: [], clusters: undefined }) }),
      clustersVersion: () => "",
    },
    templates: () => ({}),
    jq: { problemOf: async () => undefined, placesIn: async () => ({ is: "places", places: [] }) },
    clock: systemClock,
    log: { info: () => undefined, warn: () => undefined, error: () => undefined },
    store: {
      value: (name: string) => values.get(name),
      putValue: (name: string, value: string | undefined) => values.set(name, value),
      audit: () => undefined,
    },
    settings: () => ({ removal: { missingForMs: 1, percent: 20, count: 2 } }),
    paused: () => undefined,
    application: () => undefined,
    comesTo: () => undefined,
    looking: () => undefined,
    sync: async () => undefined,
    onApplication: () => () => undefined,
    ...more,
  } as unknown as SetsPorts;
  const running = new ApplicationSets(ports);
  running.start();
  const control = makeSetsControl(running, ports);
  const get = (name: string) => running.get(setKey("argocd", name)) as ManagedSet;
  return {
    ...{ running, control, world, children, removed, get },
    blocked: (name: string) => control.set(setKey("argocd", name))?.blocked ?? [],
    say(next: KnownSet[]) {
      world.sets = next;
      tell();
    },
    idle: () => eventually("everything was looked at", async () => running.depth === 0),
  };
}

const keys = (names: readonly string[]) => names.map((name) => appKey("argocd", name));
const GOING = { goingSince: GONE };

test("what was approved while the file of a set was gone deletes nothing once it is there again", async () => {
  const names = ["web-1", "web-2", "web-3"];
  const paused = { is: undefined as unknown };
  const ports = { paused: () => paused.is } as Partial<SetsPorts>;
  const { running, control, get, blocked, say, idle, removed } = stage([knownOf("web", GOING)], names, ports);
  await eventually("they wait", async () => blocked("web").length === 3);
  paused.is = { reason: "for now" };
  expect((await control.approve(setKey("argocd", "web"), keys(names), "me")).is).toBe("written");
  say([knownOf("web", { set: setOf("web", wanting(["web-9"])) })]);
  await eventually("it is there", async () => get("web").known.goingSince === undefined);
  expect([get("web").approved, removed]).toEqual([[], []]);
  paused.is = undefined;
  running.lookAgain();
  await idle();
  await eventually("they wait again", async () => blocked("web").length === 3);
  expect(removed).toEqual([]);
  await running.stop();
});

test("many sets whose files vanish at once are many applications, and wait; those of one of them may go", async () => {
  const sets = ["api", "web"].map((name) => knownOf(name, GOING));
  const { running, control, blocked, idle, removed } = stage(sets, ["api-1", "api-2", "web-1", "web-2"]);
  await eventually("all wait", async () => blocked("api").length + blocked("web").length === 4);
  await idle();
  expect([removed, blocked("web")]).toEqual([[], keys(["web-1", "web-2"])]);
  await control.approve(setKey("argocd", "web"), keys(["web-1", "web-2"]), "me");
  // What is left is within what may go by itself.
  await eventually("all are gone", async () => removed.length === 4);
  expect(removed.slice(0, 2).sort()).toEqual(["web-1", "web-2"]);
  await running.stop();
});

test("what waits with a set that goes waits on, though somebody deletes some of it", async () => {
  const { running, children, get, blocked, idle, removed } = stage(
    [knownOf("web", GOING)],
    ["web-1", "web-2", "web-3"],
  );
  await eventually("they wait", async () => blocked("web").length === 3);
  children.delete(appKey("argocd", "web-1"));
  running.ask(get("web"), "plan");
  await eventually("it is seen", async () => blocked("web").length === 2);
  await idle();
  expect(removed).toEqual([]);
  await running.stop();
});

test("a set that sees nothing shows no plan of before, takes no approval of one, and says that it sees nothing", async () => {
  const names = ["web-1", "web-2", "web-3"];
  const set = setOf("web");
  const given = stage([knownOf("web", { set })], names);
  const { running, control, world, get, blocked, removed } = given;
  await eventually("they wait", async () => blocked("web").length === 3);
  world.blind = "the cluster does not answer";
  running.ask(get("web"), "plan");
  await eventually("nothing is shown", async () => blocked("web").length === 0);
  expect((await control.approve(setKey("argocd", "web"), keys(names), "me")).is).toBe("conflict");
  await eventually("it says so", async () =>
    JSON.stringify(world.status.conditions).includes("nothing is changed: the cluster does not answer"),
  );
  expect(world.status.resources).toHaveLength(3);
  world.blind = undefined;
  await eventually("they wait again", async () => blocked("web").length === 3);
  expect(removed).toEqual([]);
  await running.stop();
});

test("what is wanted again while nothing is seen is approved no more", async () => {
  const names = ["web-1", "web-2", "web-3"];
  const paused = { is: undefined as unknown };
  const ports = { paused: () => paused.is } as Partial<SetsPorts>;
  const given = stage([knownOf("web")], names, ports);
  const { running, control, world, get, blocked, say } = given;
  await eventually("they wait", async () => blocked("web").length === 3);
  paused.is = { reason: "for now" };
  await control.approve(setKey("argocd", "web"), keys(names), "me");
  await given.idle();
  world.blind = "the cluster does not answer";
  say([knownOf("web", { set: setOf("web", wanting(names)) })]);
  await eventually("it is forgotten", async () => get("web").approved.length === 0);
  await running.stop();
});

test("an edit ends what is being generated, and what was asked for is asked for again", async () => {
  const looks: string[] = [];
  const ended: unknown[] = [];
  let hangs = true;
  const facts = {
    tell: (_: unknown, look: string, signal: AbortSignal) => {
      looks.push(look);
      return {
        facts: {
          tree: () =>
            hangs
              ? new Promise((_, reject) =>
                  signal.addEventListener("abort", () => {
                    ended.push(signal.reason.message);
                    reject(signal.reason);
                  }),
                )
              : Promise.reject(new Error("not found")),
        },
        told: () => ({ trees: [], clusters: undefined }),
      };
    },
    clustersVersion: () => "",
  };
  const git = { generators: [{ git: { repoURL: "https://g", revision: "HEAD", files: [{ path: "*" }] } }] };
  const ports = { facts } as unknown as Partial<SetsPorts>;
  const { running, say, idle } = stage([knownOf("web", { set: setOf("web", git) })], [], ports);
  await eventually("it is asked", async () => looks.length === 1);
  hangs = false;
  say([knownOf("web", { set: setOf("web", git) })]);
  await eventually("it is asked again", async () => looks.length === 2);
  await idle();
  expect([ended, looks]).toEqual([["it was edited"], ["latest", "latest"]]);
  await running.stop();
});

test("who follows sets hears of each that comes, is edited, says something else, and goes, and of nothing else", async () => {
  const { running, control, say, idle } = stage([knownOf("web", { set: setOf("web", wanting([])) })], []);
  await idle();
  const heard: string[] = [];
  const end = control.onEvent(({ type, shown: { set } }) => heard.push(`${type} ${set.metadata.name}`));
  running.lookAgain();
  await idle();
  expect(heard).toEqual([]);
  const web = knownOf("web", { set: setOf("web", wanting(["Not A Name"])) });
  say([web]);
  await eventually("it says what is wrong", async () => heard.length === 2);
  expect(heard).toEqual(["MODIFIED web", "MODIFIED web"]);
  say([web, knownOf("api")]);
  await eventually("it came", async () => heard.includes("ADDED api"));
  say([web]);
  await eventually("it went", async () => heard.at(-1) === "DELETED api");
  end();
  say([]);
  await eventually("it is gone", async () => [...running.all].length === 0);
  expect(heard.at(-1)).toBe("DELETED api");
  await running.stop();
});

test("SyncsInTurn asks for one sync at a time of a set, and once more for what moved meanwhile", async () => {
  const asked: AppKey[] = [];
  let answer = (): void => undefined;
  let again = 0;
  const turns = new SyncsInTurn({
    ports: {
      paused: () => undefined,
      log: { info: () => undefined, warn: () => undefined } as never,
      sync: (key) => {
        asked.push(key);
        return new Promise((resolve) => {
          answer = () => resolve(undefined);
        });
      },
    },
    signal: new AbortController().signal,
    again: () => {
      again += 1;
    },
  });
  const { running, get } = stage([knownOf("web"), knownOf("api")], []);
  const [one, two] = keys(["web-1", "web-2"]) as [AppKey, AppKey];
  const sync = [one, two].map((key) => ({ key, operation: {} }));
  turns.ask(get("web"), sync);
  turns.ask(get("web"), sync);
  turns.ask(get("api"), []);
  expect(asked).toEqual([one]);
  answer();
  await eventually("the next one is asked for", async () => asked.length === 2);
  answer();
  await eventually("it is over", async () => again === 1);
  expect(asked).toEqual([one, two]);
  turns.ask(get("web"), sync);
  expect(asked).toEqual([one, two, one]);
  // What is edited meanwhile says itself who is next.
  get("web").known = knownOf("web");
  answer();
  turns.ask(get("web"), sync);
  await eventually("it is over again", async () => again === 2);
  expect(asked).toEqual([one, two, one]);
  await running.stop();
});
