import { describe, expect, test } from "bun:test";
import { memoryStore } from "../../../test/fakes/memory-store.ts";
import { recordingLog } from "../../../test/lib/recording-log.ts";
import { VirtualTime } from "../../../test/model/virtual-time.ts";
import { type AppKey, appKey } from "../../core/model/application.ts";
import { Failure } from "../../core/model/failure.ts";
import type { KubeObject } from "../../core/model/kube-object.ts";
import type { LiveObject } from "../../core/model/live-object.ts";
import type { Store } from "../../core/ports/store.ts";
import { DeletedObjects } from "./deleted-objects.ts";
import { KeptFor } from "./kept-for.ts";

const DAY_MS = 24 * 3_600_000;
const WEB = appKey("argocd", "web");
const API = appKey("argocd", "api");

function live(kind: "ConfigMap" | "Secret", name: string): { live: LiveObject; object: KubeObject } {
  const object: KubeObject = {
    apiVersion: "v1",
    kind,
    metadata: { name, namespace: "shop", uid: `uid of ${name}` },
    data: { value: "c3dvcmRmaXNo" },
  };
  const ref = { group: "", kind, namespace: "shop", name };
  return { live: { ref, uid: `uid of ${name}`, apiVersion: "v1", object } as LiveObject, object };
}

function started(change: Partial<Store> = {}) {
  const time = new VirtualTime();
  const clock = time.clock("world");
  const store = { ...memoryStore(), ...change };
  const log = recordingLog();
  const settings = { keepDeletedForMs: 7 * DAY_MS };
  const ports = { store, clock, log, settings: () => settings as never };
  const deleted = new DeletedObjects(ports);
  const told: AppKey[][] = [];
  const keptFor = new KeptFor({ ports, deleted, lessIsKept: (apps) => told.push([...apps]) });
  keptFor.start();
  const keep = async (kind: "ConfigMap" | "Secret", name: string, app = WEB): Promise<void> => {
    const one = live(kind, name);
    const objects = { read: async () => ({ is: "found", ...one }) as never };
    const kept = await deleted.keep(one.live, { app, appUid: "u", run: 7, server: "https://a", objects });
    expect(kept).toMatchObject({ is: "kept" });
  };
  const names = (app = WEB) => store.keptNotes(app).map(({ ref }) => ref.name);
  return { time, store, log, settings, deleted, keptFor, told, keep, names };
}

describe("what was kept for as long as the settings say", () => {
  test("goes by itself within seconds, each at its own time, and is told", async () => {
    const { time, log, keptFor, told, keep, names } = started();
    await keep("ConfigMap", "a");
    await time.pass(DAY_MS);
    await keep("ConfigMap", "b");
    await keep("ConfigMap", "c", API);
    await time.pass(6 * DAY_MS - 1_000);
    expect([names(), told]).toEqual([["b", "a"], []]);
    await time.pass(4_000);
    expect([names(), told]).toEqual([["b"], [[WEB]]]);
    expect(log.lines.at(-1)).toMatchObject({
      level: "info",
      fields: { app: WEB, objects: ["ConfigMap shop/a of run 7"] },
    });
    await time.pass(DAY_MS);
    expect([names(), names(API)]).toEqual([[], []]);
    keptFor.stop();
  });

  test("a Secret's values go from memory, too", async () => {
    const { time, deleted, keptFor, keep } = started();
    await keep("Secret", "password");
    const [note] = deleted.notes(WEB);
    if (note === undefined) throw new Error("nothing is kept");
    expect(deleted.of(WEB)[0]?.content?.object["data"]).toEqual({ value: "c3dvcmRmaXNo" });
    await time.pass(7 * DAY_MS + 4_000);
    // By its id, as whoever read of it before would ask.
    expect([deleted.hasContent(note), deleted.of(WEB)]).toEqual([false, []]);
    keptFor.stop();
  });

  test("goes at the start where its time was over while no daemon ran, and at once where the settings say less", async () => {
    const { time, settings, keptFor, keep, names } = started();
    await keep("ConfigMap", "a");
    keptFor.stop();
    await time.pass(8 * DAY_MS);
    expect(names()).toEqual(["a"]);
    keptFor.start();
    expect(names()).toEqual([]);
    await keep("ConfigMap", "b");
    await time.pass(DAY_MS);
    expect(names()).toEqual(["b"]);
    settings.keepDeletedForMs = DAY_MS / 2;
    keptFor.start();
    expect(names()).toEqual([]);
    keptFor.stop();
  });

  test("a store that fails is said and tried again", async () => {
    const whole = memoryStore();
    let fails = true;
    const dropKeptBefore: Store["dropKeptBefore"] = (at) => {
      if (!fails) return whole.dropKeptBefore(at);
      throw new Failure("store", "holdfast.db", "backoff", { cannot: "write the store", why: "disk full" });
    };
    const { time, log, keptFor, keep, names } = started({ ...whole, dropKeptBefore });
    await keep("ConfigMap", "a");
    await time.pass(8 * DAY_MS);
    expect([names(), log.lines.at(-1)?.level]).toEqual([["a"], "warn"]);
    fails = false;
    await time.pass(3_600_000);
    expect(names()).toEqual([]);
    keptFor.stop();
  });
});

test("of an object that a second try keeps again the later is kept alone", async () => {
  const { store, deleted, keptFor, keep } = started();
  await keep("Secret", "password");
  await keep("Secret", "password");
  expect(store.keptNotes(WEB)).toHaveLength(1);
  expect(deleted.of(WEB)[0]?.content).toBeDefined();
  keptFor.stop();
});
