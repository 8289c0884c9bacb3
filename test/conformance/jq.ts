/** What the process for jq promises, however it is started. */
import { afterAll, describe, expect, test } from "bun:test";
import { CheckProcess, checkProcessDefaults } from "../../src/checks/check-process.ts";
import { JqExpressions } from "../../src/checks/jq-expressions.ts";
import type { KubeObject } from "../../src/core/model/kube-object.ts";

const OBJECT = {
  apiVersion: "apps/v1",
  kind: "Deployment",
  metadata: { name: "web", annotations: { "a.b/c": "x" } },
  spec: {
    replicas: 3,
    list: [1, 2, 3],
    containers: [
      { name: "web", image: "registry.example.com/web:1", env: [{ name: "A", value: "ä" }] },
      { name: "side", image: "other.example.com/side:1" },
    ],
  },
} satisfies KubeObject;

/** @param command starts the process, as in CheckProcessOptions */
export function jqConformance(command: readonly string[]): void {
  // What is refused for what it is shows before its time is over, on a busy machine too.
  const jq = new JqExpressions({ command, limits: { jobMs: 30_000 } });
  afterAll(() => jq.stop());
  const content = { object: OBJECT, key: "one" };

  describe("jq", () => {
    test.each<[expression: string, places: unknown[]]>([
      [".spec.replicas", [["spec", "replicas"]]],
      ['.. | select(.name? == "side")', [["spec", "containers", 1]]],
      ['.spec.containers[] | select(.image | test("^other")) | .image', [["spec", "containers", 1, "image"]]],
      [".spec.list[-1]", [["spec", "list", -1]]],
      [".spec.list[1:]", [["spec", "list", { start: 1, end: null }]]],
      ["first(.spec.containers[].image)", [["spec", "containers", 0, "image"]]],
      [
        ".spec | .replicas, .paused # a comment",
        [
          ["spec", "replicas"],
          ["spec", "paused"],
        ],
      ],
      ['if .kind == "Deployment" then .spec.replicas else empty end', [["spec", "replicas"]]],
      ["def f: .spec; f | .replicas", [["spec", "replicas"]]],
      ['.metadata.annotations | .["a.b/c"]', [["metadata", "annotations", "a.b/c"]]],
      ["empty", []],
      // jq stops with an error: del(…) takes nothing out.
      [".spec.containers[] | .env[] | .value", []],
      [".spec.replicas.deeper", []],
      ['.spec.containers[] | select(.env | startswith("x"))', []],
    ])("%s", async (expression, places) => {
      expect(await jq.problemOf(expression, "a")).toBeUndefined();
      expect(await jq.placesIn(content, expression, "a")).toEqual({ is: "places", places: places as never });
    });

    test.each([
      [".spec | to_entries", /^Invalid path expression/],
      ["1", /^Invalid path expression/],
      ["env.HOME", /^Invalid path expression/],
      ["halt", /^jq ended without an answer$/],
      ["[limit(30000; repeat(1))] as $x | .spec[$x[]|tostring]", /^it names more than 20000 places$/],
    ])("%s names no places, and says so", async (expression, why) => {
      expect(await jq.placesIn(content, expression, "a")).toEqual({
        is: "unknown",
        why: expect.stringMatching(why),
      });
    });

    test.each([
      [".spec.foo[", /^syntax error, unexpected end of file at column 10$/],
      ["\n.a\n| nothing(1)", /^nothing\/1 is not defined at line 3, column 3$/],
      [".a) | (.b", /^syntax error, unexpected INVALID_CHARACTER/],
      [".a; .b", /^syntax error, unexpected ';'/],
      ["", /^syntax error/],
      ['import "a" as a; .a', /^syntax error/],
      ['include "a"; .a', /^syntax error/],
      ["spec.replicas", /^spec\/0 is not defined/],
      [".a".repeat(6_000), /^it is longer than 10000 characters$/],
    ])("%p is no expression, in jq's words", async (expression, why) => {
      expect(await jq.problemOf(expression, "a")).toEqual({
        lasts: "for-good",
        why: expect.stringMatching(why),
      });
    });

    test("what needs too much memory is refused, and the next is answered", async () => {
      expect(await jq.placesIn(content, "def f: 1 + f; f as $x | .a", "a")).toEqual({
        is: "unknown",
        why: "it needs more than 256 MiB of memory",
      });
      expect(await jq.placesIn(content, ".spec | .replicas", "a")).toMatchObject({ is: "places" });
    });
  });

  describe("an expression without end", () => {
    test.each(["last(range(1e18)) as $x | .a", "def f: f; f", "repeat(.) | select(false)"])(
      "%s is ended, named, and not asked again for a while; others are answered",
      async (expression) => {
        const limited = new JqExpressions({ command, limits: { jobMs: 1_000 } });
        const ended = { is: "unknown" as const, why: "it was ended after 1000 ms without an answer" };
        expect(await limited.placesIn(content, expression, "a")).toEqual(ended);
        expect(await limited.placesIn(content, ".spec | .replicas", "a")).toMatchObject({ is: "places" });
        await limited.stop();
        // No process is there to be asked, and none is.
        expect(await limited.placesIn({ ...content, key: "two" }, expression, "a")).toEqual(ended);
      },
    );
  });

  test("what was answered once is not asked again: no process is started for it", async () => {
    const gone = new JqExpressions({ command });
    const expression = ".spec | .replicas";
    const [first, second] = await Promise.all([
      gone.placesIn(content, expression, "a"),
      gone.placesIn(content, expression, "a"),
    ]);
    expect(second).toEqual(first);
    expect(await gone.problemOf(expression, "a")).toBeUndefined();
    await gone.stop();
    expect(await gone.placesIn(content, expression, "a")).toEqual(first);
    expect(await gone.problemOf(expression, "a")).toBeUndefined();
    expect(await gone.placesIn({ ...content, key: "other" }, expression, "a")).toEqual({
      is: "unknown",
      why: "stopped",
    });
    expect(await gone.problemOf(".other | .x", "a")).toEqual({ lasts: "for-now", why: "stopped" });
  });

  test("the process runs jq alone", async () => {
    const process = new CheckProcess({ ...checkProcessDefaults, command });
    expect(await process.run({ language: "lua", script: "return {1}", object: {} })).toEqual({
      is: "failed",
      why: "this process runs jq alone",
    });
    await process.stop();
  });
}
