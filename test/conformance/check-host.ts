/**
 * What the process for users' scripts promises, however it is started: Lua as Argo CD's users write it, and an end for
 * every script that wants more than to judge an object.
 */

import { afterAll, describe, expect, test } from "bun:test";
import { CheckProcess, checkProcessDefaults } from "../../src/checks/check-process.ts";
import { defined } from "../../src/lib/defined.ts";

const widget = (status?: unknown, spec: unknown = {}): object => ({
  apiVersion: "example.org/v1",
  kind: "Widget",
  metadata: { name: "w", namespace: "demo", uid: "u1", resourceVersion: "1" },
  spec,
  ...defined({ status }),
});

/** @param command starts the process, as in CheckProcessOptions */
export function checkHostConformance(command: readonly string[]): void {
  const runner = new CheckProcess({
    ...checkProcessDefaults,
    // What a script is refused for shows before its time is over, on a busy machine too.
    jobMs: 20_000,
    command,
  });
  afterAll(() => runner.stop());

  /** What a Lua expression or chunk returns, given the object. */
  async function lua(script: string, object: unknown = widget()): Promise<unknown> {
    const answer = await runner.run({ language: "lua", script, object });
    if (answer.is !== "done") throw new Error(answer.why);
    return answer.value;
  }

  describe("Lua as Argo CD's scripts know it", () => {
    const cases: { name: string; script: string; want: unknown; object?: unknown }[] = [
      { name: "table.getn counts", script: "return {n = table.getn({1, 2, 3})}", want: { n: 3 } },
      { name: "unpack spreads", script: "return {unpack({1, 2})}", want: [1, 2] },
      {
        name: "integers print as integers",
        script: `return {text = tostring(6 / 2) .. " " .. 3 .. " " .. tostring(2.5)}`,
        want: { text: "3 2.5".replace("3 ", "3 3 ") },
      },
      {
        name: "format takes whole floats as integers",
        script: `return {text = string.format("%d of %s", 6 / 2, 4 / 2)}`,
        want: { text: "3 of 2" },
      },
      {
        name: "the object's integers stay integers",
        script: `return {text = "n=" .. obj.spec.n}`,
        object: widget(undefined, { n: 5 }),
        want: { text: "n=5" },
      },
      { name: "loadstring loads text", script: "return {n = loadstring('return 7')()}", want: { n: 7 } },
      {
        name: "os tells the time",
        script: "return {ok = os.time() > 1600000000 and require('os').date('!%Y', 0) == '1970'}",
        want: { ok: true },
      },
      {
        name: "lists and unicode come back whole",
        script: "return obj.spec",
        object: widget(undefined, { list: ["ä", "\u{1F600}", 'q"\\\n'], deep: [{ a: [1.5, true] }] }),
        want: { list: ["ä", "\u{1F600}", 'q"\\\n'], deep: [{ a: [1.5, true] }] },
      },
      {
        name: "null in a map is absent",
        script: "return {absent = obj.spec.x == nil}",
        object: widget(undefined, { x: null }),
        want: { absent: true },
      },
    ];
    test.each(cases)("$name", async ({ script, want, object }) => {
      expect(await lua(script, object)).toEqual(want);
    });
    test("objects may be nested deeply", async () => {
      let deep: unknown = { leaf: "here" };
      for (let depth = 0; depth < 600; depth++) deep = { next: deep };
      expect(
        await lua("local at = obj while at.next do at = at.next end return {leaf = at.leaf}", deep),
      ).toEqual({ leaf: "here" });
    });
  });

  describe("a hostile script", () => {
    const ended: { name: string; script: string }[] = [
      { name: "an endless loop", script: "while true do end" },
      {
        name: "an endless loop that catches errors",
        script: "while true do pcall(function() while true do end end) end",
      },
      {
        name: "an endless coroutine",
        script: "local c = coroutine.wrap(function() while true do end end) c()",
      },
      {
        name: "a pattern that backtracks without end",
        script: "return {x = string.find(string.rep('a', 40000), '.-.-.-.-b')}",
      },
      {
        name: "a library call that never returns",
        script: "table.insert(setmetatable({}, {__len = function() return 1 << 60 end}), 1, 1)",
      },
    ];
    test.each(ended)("$name is ended, and the next script runs", async ({ script }) => {
      const limited = new CheckProcess({ ...checkProcessDefaults, jobMs: 1_000, command });
      expect(await limited.run({ language: "lua", script, object: {} })).toEqual({
        is: "ended",
        why: "it was ended after 1000 ms without an answer",
      });
      expect(await limited.run({ language: "lua", script: "return {1}", object: {} })).toEqual({
        is: "done",
        value: [1],
      });
      await limited.stop();
    });

    const bombs: { name: string; script: string }[] = [
      { name: "one huge string", script: "return {string.rep('x', 1 << 30)}" },
      {
        name: "a table that grows",
        script: "local t = {} while true do t[#t + 1] = string.rep('y', 100000) end",
      },
      { name: "a string that doubles", script: "local s = 'x' while true do s = s .. s end" },
      { name: "recursion without end", script: "local function f() return 1 + f() end return f()" },
    ];
    test.each(bombs)("$name is refused", async ({ script }) => {
      const answer = await runner.run({ language: "lua", script, object: {} });
      expect(answer).toMatchObject({
        is: "failed",
        why: expect.stringMatching(/not enough memory|stack overflow/),
      });
    });

    const closed: { name: string; script: string }[] = [
      { name: "io", script: "return {open = io ~= nil}" },
      { name: "debug", script: "return {open = debug ~= nil}" },
      {
        name: "os.execute, getenv, remove, exit",
        script:
          "return {open = (os.execute or os.getenv or os.remove or os.exit or os.rename or os.tmpname) ~= nil}",
      },
      { name: "dofile and loadfile", script: "return {open = (dofile or loadfile) ~= nil}" },
      {
        name: "package.loadlib and searchers",
        script:
          "return {open = (package.loadlib or package.searchers or package.path or package.cpath) ~= nil}",
      },
      { name: "require of anything else", script: "return {open = pcall(require, 'io')}" },
      {
        name: "bytecode by load",
        script:
          "return {open = load('\\27Lua', 'x', 'b') ~= nil or load(function() return nil end, 'x', 'b') == nil}",
      },
      { name: "string.dump", script: "return {open = string.dump ~= nil}" },
      {
        name: "the string library's metatable",
        script: "return {open = getmetatable('').__index.dump ~= nil}",
      },
      {
        name: "JavaScript",
        script:
          "local seen = {} for k in pairs(_G) do if k:find('^[A-Z]') and k ~= '_G' and k ~= '_VERSION' then seen[#seen + 1] = k end end return {open = #seen > 0}",
      },
      {
        name: "the host's own names",
        script: "return {open = (__script or __object or __parameters) ~= nil}",
      },
    ];
    test.each(closed)("does not find $name", async ({ script }) => {
      expect(await lua(script)).toEqual({ open: false });
    });
    test("does not see what another script left behind", async () => {
      await lua("leftover = 1 string.find = nil table.insert = nil return {}");
      expect(
        await lua("return {clean = leftover == nil and string.find ~= nil and table.insert ~= nil}"),
      ).toEqual({ clean: true });
    });
    test("is refused as bytecode", async () => {
      expect(await runner.run({ language: "lua", script: "\x1bLua", object: {} })).toMatchObject({
        is: "failed",
        why: expect.stringContaining("bytecode"),
      });
    });
  });

  test("runs CEL", async () => {
    expect(
      await runner.run({
        language: "cel",
        expressions: { big: "object.spec.n > 3" },
        object: widget(undefined, { n: 5 }),
      }),
    ).toEqual({ is: "done", value: { big: true } });
  });
}
