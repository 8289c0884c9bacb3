import { afterAll, describe, expect, test } from "bun:test";
import { join } from "node:path";
import { endingOf } from "../../test/lib/ending-of.ts";
import type { KubeObject } from "../core/model/kube-object.ts";
import type { ActionScripts } from "../core/model/user-checks.ts";
import { LuaActions } from "./user-actions.ts";

const NOW = "2026-11-28T04:00:00Z";
const actions = new LuaActions({
  command: [process.execPath, join(import.meta.dir, "host-main.ts")],
  limits: { jobMs: 2_000 },
});
afterAll(() => actions.stop());

const widget: KubeObject = {
  apiVersion: "example.org/v1",
  kind: "Widget",
  metadata: { name: "w", namespace: "demo", uid: "u1", resourceVersion: "1" },
  spec: { size: 2, big: 3, parts: [], note: null },
};

/** Scripts by name; `discovery` offers all of them unless it is given. */
function of(scripts: Record<string, string>, more: Partial<ActionScripts> = {}) {
  actions.configure([
    {
      kinds: "example.org/Widget",
      discovery: `return { ${Object.keys(scripts)
        .map((name) => `["${name}"] = {}`)
        .join(", ")} }`,
      builtIns: "replaced",
      actions: Object.entries(scripts).map(([name, script]) => ({ name, script })),
      ...more,
    },
  ]);
  const found = actions.of(widget);
  if (found === undefined) throw new Error("nobody wrote actions for it");
  return found;
}
const ask = (parameters: Record<string, string> = {}) => ({ parameters, now: NOW });

describe("actions in Lua", () => {
  test("the older form returns the object, changed", async () => {
    const found = of({ stop: "obj.spec.size = 0\nobj.spec.big = obj.spec.big * 2\nreturn obj" });
    expect(await found.run("stop", ask())).toEqual([
      { do: "change", after: { ...widget, spec: { size: 0, big: 6, parts: {} } } } as never,
    ]);
  });

  test("the newer form lists what is made and what is changed, and sees its parameters", async () => {
    const found = of({
      copy: `
        local job = { apiVersion = "batch/v1", kind = "Job", metadata = { name = "j-" .. actionParams["suffix"], namespace = obj.metadata.namespace } }
        obj.spec.size = tonumber(actionParams["size"])
        return { { operation = "create", resource = job }, { operation = "patch", resource = obj } }`,
    });
    expect(await found.run("copy", ask({ suffix: "7", size: "5" }))).toMatchObject([
      { do: "create", object: { kind: "Job", metadata: { name: "j-7", namespace: "demo" } } },
      { do: "change", after: { spec: { size: 5 } } },
    ]);
  });

  test("what is offered comes from the discovery script, as far as there is a script for it", async () => {
    const found = of(
      { stop: "return obj", start: "return obj" },
      {
        discovery: `
          local all = {}
          all["stop"] = { ["disabled"] = obj.spec.size == 0, ["displayName"] = "Stop it" }
          all["start"] = { ["disabled"] = obj.spec.size > 0, ["params"] = { { ["name"] = "size", ["default"] = "1" } } }
          all["fly"] = {}
          return all`,
      },
    );
    const offered = await found.offered();
    expect(offered.toSorted((a, b) => (a.name < b.name ? -1 : 1))).toEqual([
      {
        name: "start",
        says: "",
        idle: "its discovery script says that it makes no sense now",
        parameters: [{ name: "size", says: "", now: "1" }],
      },
      { name: "stop", says: "Stop it", parameters: [] },
    ]);
  });

  test("nothing offered, nobody's kind, no such script", async () => {
    expect(await of({ stop: "return obj" }, { discovery: "return {}" }).offered()).toEqual([]);
    expect(await of({ stop: "return obj" }).run("start", ask())).toBeUndefined();
    expect(actions.of({ ...widget, apiVersion: "other.org/v1" })).toBeUndefined();
  });

  test.each<[string, string, string]>([
    ["an error of its own", 'error("no way")', "no way"],
    ["no object", "return 7", "must return the object, or a list of {operation, resource}"],
    ["nothing", "return nil", "must return the object"],
    [
      "an operation that there is not",
      'return {{operation = "delete", resource = obj}}',
      'wants "delete"; an operation is create or patch',
    ],
    [
      "a resource that is none",
      'return {{operation = "create", resource = {a = 1}}}',
      "must return the object",
    ],
    [
      "two objects changed",
      'return {{operation = "patch", resource = obj}, {operation = "patch", resource = obj}}',
      "patches Widget w and another object",
    ],
    ["a loop without end", "while true do end", "was ended after 2000 ms without an answer"],
    ["a program that it would run", 'return os.execute("id")', "failed"],
    ["words that are no Lua", "return obj obj", "failed"],
  ])("%s is refused, and the next one is served", async (_, script, why) => {
    const found = of({ broken: script, fine: "return obj" });
    expect(await endingOf(found.run("broken", ask()))).toThrow(why);
    expect(await endingOf(found.run("broken", ask()))).toThrow("example.org/Widget broken");
    expect(await found.run("fine", ask())).toMatchObject([{ do: "change" }]);
  });

  test("one action's globals are not the next one's", async () => {
    const found = of({ first: "leak = 7\nreturn obj", second: "obj.spec.size = leak\nreturn obj" });
    await found.run("first", ask());
    const [write] = (await found.run("second", ask())) ?? [];
    expect(write).toMatchObject({ do: "change", after: { spec: { big: 3 } } });
    expect(JSON.stringify(write)).not.toContain("size");
  });
});
