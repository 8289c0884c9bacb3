import { afterAll, describe, expect, test } from "bun:test";
import { join } from "node:path";
import type { HealthStatus } from "../core/model/health.ts";
import type { KubeObject } from "../core/model/kube-object.ts";
import type { HealthChecks } from "../core/ports.ts";
import { defineHealthCheck } from "../plugin/contract.ts";
import { CheckProcess, checkProcessDefaults } from "./check-process.ts";
import { createHealthChecks } from "./health-checks.ts";
import { createResourceActions } from "./resource-actions.ts";

const command = [process.execPath, join(import.meta.dir, "host-main.ts")];
const runner = new CheckProcess({ ...checkProcessDefaults, command });
afterAll(() => runner.stop());

const widget = (status?: unknown, spec: unknown = {}): KubeObject =>
  ({ apiVersion: "example.org/v1", kind: "Widget", metadata: { name: "w", namespace: "demo", uid: "u1", resourceVersion: "1" }, spec, ...(status === undefined ? {} : { status }) });

/** What a Lua expression or chunk returns, given the object. */
async function lua(script: string, object: unknown = widget()): Promise<unknown> {
  const answer = await runner.run({ language: "lua", script, object });
  if (answer.is !== "done") throw new Error(answer.why);
  return answer.value;
}

// A script of the shape that Argo CD's health chapter shows, for a kind of our own.
const usualScript = `
hs = {}
if obj.status ~= nil then
  if obj.status.conditions ~= nil then
    for i, condition in ipairs(obj.status.conditions) do
      if condition.type == "Assembled" and condition.status == "False" then
        hs.status = "Degraded"
        hs.message = condition.message
        return hs
      end
      if condition.type == "Assembled" and condition.status == "True" then
        hs.status = "Healthy"
        hs.message = condition.message
        return hs
      end
    end
  end
end
hs.status = "Progressing"
hs.message = "Waiting for the widget"
return hs`;

describe("Lua checks", () => {
  const checks = createHealthChecks({ command, lua: [{ kinds: "example.org/Widget", script: usualScript }, { kinds: "*.example.org/*", script: `return {status = "Suspended", message = obj.kind}` }] });
  afterAll(() => checks.stop());
  const condition = (status: string, message: string) => widget({ conditions: [{ type: "Assembled", status, message }] });
  const cases: { name: string; object: KubeObject; want: HealthStatus; message: string }[] = [
    { name: "nothing reported yet", object: widget(), want: "Progressing", message: "Waiting for the widget" },
    { name: "a null status reads as absent", object: widget(null), want: "Progressing", message: "Waiting for the widget" },
    { name: "a failed condition", object: condition("False", "a part is missing"), want: "Degraded", message: "a part is missing" },
    { name: "a met condition", object: condition("True", "all parts fit"), want: "Healthy", message: "all parts fit" },
    { name: "a glob stands for other kinds", object: { apiVersion: "a.b.example.org/v1", kind: "Gadget", metadata: { name: "g" } }, want: "Suspended", message: "Gadget" },
  ];
  test.each(cases)("$name", async ({ object, want, message }) => {
    expect((await checks.judge(object))?.health).toEqual({ status: want, message });
  });
  test("kinds without a check are left to the rules", async () => {
    expect(await checks.judge({ apiVersion: "v1", kind: "Pod", metadata: { name: "p" } })).toBeUndefined();
    expect(checks.said({ apiVersion: "v1", kind: "Pod", metadata: { name: "p" } })).toBeUndefined();
  });
  test("answers from memory, Progressing until the first verdict, and tells when it is there", async () => {
    const object = { ...condition("True", "all parts fit"), metadata: { name: "later", uid: "u2", resourceVersion: "7" } };
    const told = new Promise<readonly string[]>((resolve) => checks.onChange(resolve));
    expect(checks.said(object)?.health?.status).toBe("Progressing");
    expect(await told).toEqual(["example.org/Widget//later"]);
    expect(checks.said(object)).toEqual({ check: "lua example.org/Widget", health: { status: "Healthy", message: "all parts fit" } });
    const changed = { ...object, metadata: { ...object.metadata, resourceVersion: "8" } };
    expect(checks.said(changed)?.health?.status).toBe("Healthy");
  });

  const answers: { name: string; script: string; want: unknown }[] = [
    { name: "nil is no health", script: "return nil", want: undefined },
    { name: "an empty table is no health", script: "return {}", want: undefined },
    { name: "an unknown status is Unknown and says so", script: `return {status = "Fine"}`, want: { status: "Unknown", message: 'The script returned an unknown status, "Fine"' } },
    { name: "an error is Unknown with the script's line", script: `local x = nil\nreturn x.status`, want: { status: "Unknown", message: expect.stringContaining("script:2:") } },
    { name: "a syntax error is Unknown", script: "return {", want: { status: "Unknown", message: expect.stringContaining("script:1:") } },
  ];
  test.each(answers)("$name", async ({ script, want }) => {
    const one = createHealthChecks({ command, lua: [{ kinds: "example.org/Widget", script }] });
    expect((await one.judge(widget()))?.health as unknown).toEqual(want);
    await one.stop();
  });
});

describe("Lua as Argo CD's scripts know it", () => {
  const cases: { name: string; script: string; want: unknown; object?: unknown }[] = [
    { name: "table.getn counts", script: "return {n = table.getn({1, 2, 3})}", want: { n: 3 } },
    { name: "unpack spreads", script: "return {unpack({1, 2})}", want: [1, 2] },
    { name: "integers print as integers", script: `return {text = tostring(6 / 2) .. " " .. 3 .. " " .. tostring(2.5)}`, want: { text: "3 2.5".replace("3 ", "3 3 ") } },
    { name: "format takes whole floats as integers", script: `return {text = string.format("%d of %s", 6 / 2, 4 / 2)}`, want: { text: "3 of 2" } },
    { name: "the object's integers stay integers", script: `return {text = "n=" .. obj.spec.n}`, object: widget(undefined, { n: 5 }), want: { text: "n=5" } },
    { name: "loadstring loads text", script: "return {n = loadstring('return 7')()}", want: { n: 7 } },
    { name: "os tells the time", script: "return {ok = os.time() > 1600000000 and require('os').date('!%Y', 0) == '1970'}", want: { ok: true } },
    { name: "lists and unicode come back whole", script: "return obj.spec", object: widget(undefined, { list: ["ä", "\u{1F600}", 'q"\\\n'], deep: [{ a: [1.5, true] }] }), want: { list: ["ä", "\u{1F600}", 'q"\\\n'], deep: [{ a: [1.5, true] }] } },
    { name: "null in a map is absent", script: "return {absent = obj.spec.x == nil}", object: widget(undefined, { x: null }), want: { absent: true } },
  ];
  test.each(cases)("$name", async ({ script, want, object }) => {
    expect(await lua(script, object)).toEqual(want);
  });
  test("objects may be nested deeply", async () => {
    let deep: unknown = { leaf: "here" };
    for (let depth = 0; depth < 600; depth++) deep = { next: deep };
    expect(await lua("local at = obj while at.next do at = at.next end return {leaf = at.leaf}", deep)).toEqual({ leaf: "here" });
  });
});

describe("a hostile script", () => {
  const ended: { name: string; script: string }[] = [
    { name: "an endless loop", script: "while true do end" },
    { name: "an endless loop that catches errors", script: "while true do pcall(function() while true do end end) end" },
    { name: "an endless coroutine", script: "local c = coroutine.wrap(function() while true do end end) c()" },
    { name: "a pattern that backtracks without end", script: "return {x = string.find(string.rep('a', 40000), '.-.-.-.-b')}" },
    { name: "a library call that never returns", script: "table.insert(setmetatable({}, {__len = function() return 1 << 60 end}), 1, 1)" },
  ];
  test.each(ended)("$name is ended, and the next script runs", async ({ script }) => {
    const limited = new CheckProcess({ ...checkProcessDefaults, jobMs: 300, command });
    expect(await limited.run({ language: "lua", script, object: {} })).toEqual({ is: "ended", why: "it was ended after 300 ms without an answer" });
    expect(await limited.run({ language: "lua", script: "return {1}", object: {} })).toEqual({ is: "done", value: [1] });
    await limited.stop();
  });

  const bombs: { name: string; script: string }[] = [
    { name: "one huge string", script: "return {string.rep('x', 1 << 30)}" },
    { name: "a table that grows", script: "local t = {} while true do t[#t + 1] = string.rep('y', 100000) end" },
    { name: "a string that doubles", script: "local s = 'x' while true do s = s .. s end" },
    { name: "recursion without end", script: "local function f() return 1 + f() end return f()" },
  ];
  test.each(bombs)("$name is refused", async ({ script }) => {
    const answer = await runner.run({ language: "lua", script, object: {} });
    expect(answer).toMatchObject({ is: "failed", why: expect.stringMatching(/not enough memory|stack overflow/) });
  });

  const closed: { name: string; script: string }[] = [
    { name: "io", script: "return {open = io ~= nil}" },
    { name: "debug", script: "return {open = debug ~= nil}" },
    { name: "os.execute, getenv, remove, exit", script: "return {open = (os.execute or os.getenv or os.remove or os.exit or os.rename or os.tmpname) ~= nil}" },
    { name: "dofile and loadfile", script: "return {open = (dofile or loadfile) ~= nil}" },
    { name: "package.loadlib and searchers", script: "return {open = (package.loadlib or package.searchers or package.path or package.cpath) ~= nil}" },
    { name: "require of anything else", script: "return {open = pcall(require, 'io')}" },
    { name: "bytecode by load", script: "return {open = load('\\27Lua', 'x', 'b') ~= nil or load(function() return nil end, 'x', 'b') == nil}" },
    { name: "string.dump", script: "return {open = string.dump ~= nil}" },
    { name: "the string library's metatable", script: "return {open = getmetatable('').__index.dump ~= nil}" },
    { name: "JavaScript", script: "local seen = {} for k in pairs(_G) do if k:find('^[A-Z]') and k ~= '_G' and k ~= '_VERSION' then seen[#seen + 1] = k end end return {open = #seen > 0}" },
    { name: "the host's own names", script: "return {open = (__script or __object or __parameters) ~= nil}" },
  ];
  test.each(closed)("does not find $name", async ({ script }) => {
    expect(await lua(script)).toEqual({ open: false });
  });
  test("does not see what another script left behind", async () => {
    await lua("leftover = 1 string.find = nil table.insert = nil return {}");
    expect(await lua("return {clean = leftover == nil and string.find ~= nil and table.insert ~= nil}")).toEqual({ clean: true });
  });
  test("is refused as bytecode", async () => {
    expect(await runner.run({ language: "lua", script: "\x1bLua", object: {} })).toMatchObject({ is: "failed", why: expect.stringContaining("bytecode") });
  });
});

describe("CEL checks", () => {
  const checks = createHealthChecks({ command, cel: [{
    kinds: "example.org/Widget",
    degraded: `object.status.conditions.exists(c, c.type == "Assembled" && c.status == "False")`,
    suspended: "object.spec.paused == true",
    healthy: "object.status.parts == object.spec.parts",
    message: `"parts: " + string(object.status.parts)`,
  }] });
  afterAll(() => checks.stop());
  const cases: { name: string; object: KubeObject; want: HealthStatus }[] = [
    { name: "a missing field is not true", object: widget(), want: "Progressing" },
    { name: "whole numbers compare", object: widget({ parts: 3, conditions: [] }, { parts: 3 }), want: "Healthy" },
    { name: "not yet", object: widget({ parts: 2, conditions: [] }, { parts: 3 }), want: "Progressing" },
    { name: "Degraded goes first", object: widget({ parts: 3, conditions: [{ type: "Assembled", status: "False" }] }, { parts: 3, paused: true }), want: "Degraded" },
    { name: "Suspended goes before Healthy", object: widget({ parts: 3, conditions: [] }, { parts: 3, paused: true }), want: "Suspended" },
  ];
  test.each(cases)("$name", async ({ object, want }) => {
    expect((await checks.judge(object))?.health?.status).toBe(want);
  });
  test("says the message", async () => {
    expect((await checks.judge(widget({ parts: 3, conditions: [] }, { parts: 3 })))?.health?.message).toBe("parts: 3");
  });
  test("a wrong expression is Unknown and names itself", async () => {
    const wrong = createHealthChecks({ command, cel: [{ kinds: "example.org/Widget", healthy: "object.spec ==" }] });
    expect((await wrong.judge(widget()))?.health).toMatchObject({ status: "Unknown", message: expect.stringContaining("healthy:") });
    await wrong.stop();
  });
});

describe("TypeScript checks", () => {
  const plugin = defineHealthCheck({ name: "widgets", kinds: ["example.org/*"], judge: (object) => {
    if (object.metadata.name === "bad") throw new Error("cannot tell");
    return { status: "Healthy", message: "by plugin" };
  } });
  const checks = createHealthChecks({ command, plugins: [plugin], lua: [{ kinds: "example.org/Other", script: "return nil" }] });
  afterAll(() => checks.stop());
  test("answer at once", () => {
    expect(checks.said(widget())).toEqual({ check: "plugin widgets", health: { status: "Healthy", message: "by plugin" } });
  });
  test("what they throw is Unknown", () => {
    expect(checks.said({ ...widget(), metadata: { name: "bad" } })?.health).toEqual({ status: "Unknown", message: "plugin widgets: cannot tell" });
  });
});

describe("said()", () => {
  const condition = (state: string, metadata: object): KubeObject => ({ ...widget({ state }), metadata: { ...widget().metadata, ...metadata } });
  const byState = `return {status = obj.status.state, message = obj.metadata.resourceVersion}`;
  /** The next keys that `checks` says have another answer. */
  const told = (checks: HealthChecks): Promise<readonly string[]> => new Promise((resolve) => {
    const stop = checks.onChange((keys) => {
      stop();
      resolve(keys);
    });
  });

  test("keeps the last verdict while the status changes, not when the generation does", async () => {
    const checks = createHealthChecks({ command, lua: [{ kinds: "example.org/Widget", script: byState }] });
    const first = condition("Healthy", { generation: 1, resourceVersion: "1" });
    checks.said(first);
    await told(checks);
    expect(checks.said(first)?.health).toEqual({ status: "Healthy", message: "1" });
    const status = condition("Degraded", { generation: 1, resourceVersion: "2" });
    expect(checks.said(status)?.health?.status).toBe("Healthy");
    await told(checks);
    expect(checks.said(status)?.health).toEqual({ status: "Degraded", message: "2" });
    expect(checks.said(condition("Degraded", { generation: 2, resourceVersion: "3" }))?.health?.status).toBe("Progressing");
    await checks.stop();
  });

  test("tells objects of one name in two clusters apart", async () => {
    const checks = createHealthChecks({ command, lua: [{ kinds: "example.org/Widget", script: byState }] });
    const [here, there] = [condition("Healthy", { uid: "here" }), condition("Suspended", { uid: "there" })];
    checks.said(here);
    checks.said(there);
    await told(checks);
    await told(checks);
    expect([here, there].map((object) => checks.said(object)?.health?.status)).toEqual(["Healthy", "Suspended"]);
    await checks.stop();
  });

  test("judges again by other checks, and shows the last verdict until then", async () => {
    const checks = createHealthChecks({ command, lua: [{ kinds: "example.org/Widget", script: byState }] });
    const object = condition("Healthy", {});
    checks.said(object);
    await told(checks);
    checks.configure({ cel: [{ kinds: "example.org/Widget", degraded: `object.status.state == "Healthy"` }] });
    expect(checks.said(object)).toEqual({ check: "lua example.org/Widget", health: { status: "Healthy", message: "1" } });
    await told(checks);
    expect(checks.said(object)?.health?.status).toBe("Degraded");
    checks.configure({});
    expect(checks.said(object)).toBeUndefined();
    await checks.stop();
  });

  test("leaves a check that had to be ended alone for a while, so that others have their turn", async () => {
    const checks = createHealthChecks({ command, limits: { jobMs: 300 }, restMs: 600_000, lua: [{ kinds: "example.org/Widget", script: "while true do end" }, { kinds: "example.org/Good", script: `return {status = "Healthy"}` }] });
    const ended = { status: "Unknown", message: "lua example.org/Widget: it was ended after 300 ms without an answer" } as const;
    for (let at = 0; at < 200; at++) checks.said(condition("Healthy", { name: `w${at}`, uid: `w${at}` }));
    const good: KubeObject = { ...condition("Healthy", { name: "g", uid: "g" }), kind: "Good" };
    checks.said(good);
    while (checks.said(good)?.health?.status !== "Healthy") await told(checks);
    expect(checks.said(condition("Healthy", { name: "w0", uid: "w0" }))?.health).toEqual(ended);
    expect(checks.said(condition("Healthy", { name: "w199", uid: "w199" }))?.health).toEqual(ended);
    await checks.stop();
  });
});

describe("resource actions", () => {
  const actions = createResourceActions([{ kinds: "example.org/Widget", discovery: `
    actions = {}
    actions["stop"] = {["disabled"] = obj.spec.stopped == true}
    actions["scale"] = {["disabled"] = false, ["params"] = {{["name"] = "parts", ["default"] = "1"}}}
    return actions`, actions: [
    { name: "stop", script: "obj.spec.stopped = true\nreturn obj" },
    { name: "scale", script: "obj.spec.parts = tonumber(actionParams[\"parts\"])\nreturn obj" },
    { name: "copy", script: `return {{operation = "create", resource = {apiVersion = "v1", kind = "ConfigMap", metadata = {name = obj.metadata.name .. "-copy"}}}, {operation = "patch", resource = obj}}` },
    { name: "nothing", script: "return 5" },
  ] }], runner);
  test("are offered as the script says", async () => {
    expect(await actions.offered(widget(undefined, { stopped: true }))).toEqual({ is: "offered", actions: [
      { name: "scale", disabled: false, parameters: [{ name: "parts", default: "1" }] }, { name: "stop", disabled: true, parameters: [] },
    ] });
  });
  test("patch the object and keep its empty lists", async () => {
    const object = widget(undefined, { items: [], nested: { none: {} } });
    expect(await actions.act(object, "stop")).toEqual({ is: "done", effects: [{ operation: "patch", object: { ...object, spec: { items: [], nested: { none: {} }, stopped: true } } }] });
  });
  test("take parameters", async () => {
    expect(await actions.act(widget(), "scale", { parts: "4" })).toMatchObject({ is: "done", effects: [{ object: { spec: { parts: 4 } } }] });
  });
  test("may create other objects", async () => {
    expect(await actions.act(widget(), "copy")).toMatchObject({ is: "done", effects: [{ operation: "create", object: { kind: "ConfigMap", metadata: { name: "w-copy" } } }, { operation: "patch" }] });
  });
  test("that are not there, or return nonsense, say so", async () => {
    expect(await actions.act(widget(), "fly")).toEqual({ is: "absent" });
    expect(await actions.act(widget(), "nothing")).toMatchObject({ is: "failed" });
  });
});
