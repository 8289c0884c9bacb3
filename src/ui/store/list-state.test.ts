import { beforeEach, describe, expect, test } from "bun:test";
import type { Application } from "../../core/model/application.ts";
import { LISTED_COLUMNS, listedTexts } from "../../core/model/listed-application.ts";
import { type Frame, ListState } from "./list-state.ts";

const app = (name: string, health = "Healthy"): Application =>
  ({
    apiVersion: "argoproj.io/v1alpha1",
    kind: "Application",
    metadata: { namespace: "argocd", name },
    spec: { project: "default", destination: { name: "east" } },
    status: { sync: { status: "Synced", comparedTo: { destination: {} } }, health: { status: health } },
  }) as Application;
const row = (version: number, name: string, health?: string): unknown[] => [
  version,
  ...listedTexts(app(name, health)).map((text) => JSON.parse(text) as unknown),
];

let state: ListState;
beforeEach(() => {
  state = new ListState({ at: 100, columns: [...LISTED_COLUMNS], rows: [row(90, "web"), row(91, "api")] });
});
const healths = (): Record<string, string | undefined> =>
  Object.fromEntries([...state.applications()].map(([key, one]) => [key, one.status?.health.status]));
const AS_IT_WAS = { "argocd/web": "Healthy", "argocd/api": "Healthy" };
const degraded = { version: 105, health: { status: "Degraded", message: "Pod web-1 crashes" } };

describe("ListState", () => {
  test("has what the list says, as an application", () => {
    expect(healths()).toEqual(AS_IT_WAS);
    expect(state.app("argocd/web")).toMatchObject({
      metadata: { namespace: "argocd", name: "web" },
      spec: { project: "default", destination: { name: "east" } },
    });
  });

  test("takes what changes, what is new and what is gone; what did not change stays the same object", () => {
    const before = state.app("argocd/api");
    expect(
      state.take({ from: 100, to: 110, set: { "argocd/web": degraded }, put: [row(106, "new", "Missing")] }),
    ).toEqual({ is: "taken", changed: ["argocd/new", "argocd/web"] });
    expect(healths()).toEqual({ "argocd/web": "Degraded", "argocd/api": "Healthy", "argocd/new": "Missing" });
    expect(state.app("argocd/api")).toBe(before!);
    expect(state.take({ from: 110, to: 120, gone: ["argocd/api", "argocd/never"] }).is).toBe("taken");
    expect(Object.keys(healths())).toEqual(["argocd/web", "argocd/new"]);
  });

  test("knows that something of an application changed that no list shows", () => {
    const before = state.app("argocd/web");
    state.take({ from: 100, to: 110, set: { "argocd/web": { version: 107 } } });
    expect([state.version("argocd/web"), state.app("argocd/web")]).toEqual([107, before]);
  });

  test("what was told before, or is in the list already, becomes nothing", () => {
    const frame: Frame = { from: 100, to: 110, set: { "argocd/web": degraded } };
    state.take(frame);
    state.take({
      from: 110,
      to: 120,
      set: { "argocd/web": { version: 115, health: { status: "Healthy" } } },
    });
    expect(state.take(frame)).toEqual({ is: "known" });
    expect(healths()).toEqual(AS_IT_WAS);
    expect(state.take({ from: 80, to: 95, set: { "argocd/web": degraded } })).toEqual({ is: "known" });
  });

  test("a line that follows on an older time than the list, and goes beyond it, counts", () => {
    expect(state.take({ from: 95, to: 110, set: { "argocd/web": degraded } }).is).toBe("taken");
  });

  test.each<{ what: string; frame: unknown }>([
    { what: "one that lies ahead", frame: { from: 105, to: 110, set: { "argocd/web": degraded } } },
    {
      what: "one of an application that nobody knows",
      frame: { from: 100, to: 110, set: { "argocd/x": degraded } },
    },
    { what: "a row that is none", frame: { from: 100, to: 110, put: ["web"] } },
    {
      what: "a row without a name",
      frame: { from: 100, to: 110, put: [[105, { namespace: "argocd" }, {}]] },
    },
    {
      what: "a row without a version",
      frame: { from: 100, to: 110, put: [["105", ...row(1, "x").slice(1)]] },
    },
    {
      what: "a change without a version",
      frame: { from: 100, to: 110, set: { "argocd/web": { health: null } } },
    },
    { what: "one that ends before it begins", frame: { from: 110, to: 101 } },
    { what: "no times", frame: { set: {} } },
    { what: "no object", frame: "[]" },
    { what: "nothing", frame: null },
    { what: "no changes but a text", frame: { from: 100, to: 110, set: { "argocd/web": "Degraded" } } },
  ])("has a gap after $what, and took nothing of it", ({ frame }) => {
    const whole =
      typeof frame === "object" && frame !== null && "from" in frame && !("set" in frame)
        ? { set: { "argocd/web": degraded }, ...frame }
        : frame;
    expect(state.take(whole).is).toBe("gap");
    expect([healths(), state.at]).toEqual([AS_IT_WAS, 100]);
  });

  test("names that are properties of every object are applications like others", () => {
    const named = JSON.parse('{"__proto__":{"version":105,"health":{"status":"Degraded"}}}') as Frame["set"];
    expect(state.take({ from: 100, to: 110, set: named }).is).toBe("gap");
    expect(({} as Record<string, unknown>)["version"]).toBeUndefined();
  });

  test("what is no list is refused", () => {
    for (const list of [
      { at: Number.NaN, columns: [], rows: [] },
      { at: 1, columns: [], rows: [[1]] },
    ])
      expect(() => new ListState(list)).toThrow(TypeError);
  });
});
