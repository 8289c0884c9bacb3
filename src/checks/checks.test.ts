import { afterAll, describe, expect, test } from "bun:test";
import { join } from "node:path";
import type { HealthStatus } from "../core/model/health.ts";
import type { KubeObject } from "../core/model/kube-object.ts";
import type { HealthChecks } from "../core/ports/health-checks.ts";
import { defined } from "../lib/defined.ts";
import { defineHealthCheck } from "../plugin/contract.ts";
import { CheckProcess, checkProcessDefaults } from "./check-process.ts";
import { UserHealthChecks } from "./health-checks.ts";

const command = [process.execPath, join(import.meta.dir, "host-main.ts")];
const runner = new CheckProcess({ ...checkProcessDefaults, command });
afterAll(() => runner.stop());

const widget = (status?: unknown, spec: unknown = {}): KubeObject => ({
  apiVersion: "example.org/v1",
  kind: "Widget",
  metadata: { name: "w", namespace: "demo", uid: "u1", resourceVersion: "1" },
  spec,
  ...defined({ status }),
});

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
  const checks = new UserHealthChecks({
    command,
    lua: [
      { kinds: "example.org/Widget", script: usualScript },
      { kinds: "*.example.org/*", script: `return {status = "Suspended", message = obj.kind}` },
    ],
  });
  afterAll(() => checks.stop());
  const condition = (status: string, message: string) =>
    widget({ conditions: [{ type: "Assembled", status, message }] });
  const cases: { name: string; object: KubeObject; want: HealthStatus; message: string }[] = [
    {
      name: "nothing reported yet",
      object: widget(),
      want: "Progressing",
      message: "Waiting for the widget",
    },
    {
      name: "a null status reads as absent",
      object: widget(null),
      want: "Progressing",
      message: "Waiting for the widget",
    },
    {
      name: "a failed condition",
      object: condition("False", "a part is missing"),
      want: "Degraded",
      message: "a part is missing",
    },
    {
      name: "a met condition",
      object: condition("True", "all parts fit"),
      want: "Healthy",
      message: "all parts fit",
    },
    {
      name: "a glob stands for other kinds",
      object: { apiVersion: "a.b.example.org/v1", kind: "Gadget", metadata: { name: "g" } },
      want: "Suspended",
      message: "Gadget",
    },
  ];
  test.each(cases)("$name", async ({ object, want, message }) => {
    expect((await checks.judge(object))?.health).toEqual({ status: want, message });
  });
  test("kinds without a check are left to the rules", async () => {
    expect(await checks.judge({ apiVersion: "v1", kind: "Pod", metadata: { name: "p" } })).toBeUndefined();
    expect(checks.said({ apiVersion: "v1", kind: "Pod", metadata: { name: "p" } })).toBeUndefined();
  });
  test("answers from memory, Progressing until the first verdict, and tells when it is there", async () => {
    const object = {
      ...condition("True", "all parts fit"),
      metadata: { name: "later", uid: "u2", resourceVersion: "7" },
    };
    const told = new Promise<readonly string[]>((resolve) => checks.onChange(resolve));
    expect(checks.said(object)?.health?.status).toBe("Progressing");
    expect(await told).toEqual(["example.org/Widget//later"]);
    expect(checks.said(object)).toEqual({
      check: "lua example.org/Widget",
      health: { status: "Healthy", message: "all parts fit" },
    });
    const changed = { ...object, metadata: { ...object.metadata, resourceVersion: "8" } };
    expect(checks.said(changed)?.health?.status).toBe("Healthy");
  });

  const answers: { name: string; script: string; want: unknown }[] = [
    { name: "nil is no health", script: "return nil", want: undefined },
    { name: "an empty table is no health", script: "return {}", want: undefined },
    {
      name: "an unknown status is Unknown and says so",
      script: `return {status = "Fine"}`,
      want: { status: "Unknown", message: 'The script returned an unknown status, "Fine"' },
    },
    {
      name: "an error is Unknown with the script's line",
      script: `local x = nil\nreturn x.status`,
      want: { status: "Unknown", message: expect.stringContaining("script:2:") },
    },
    {
      name: "a syntax error is Unknown",
      script: "return {",
      want: { status: "Unknown", message: expect.stringContaining("script:1:") },
    },
  ];
  test.each(answers)("$name", async ({ script, want }) => {
    const one = new UserHealthChecks({ command, lua: [{ kinds: "example.org/Widget", script }] });
    expect((await one.judge(widget()))?.health as unknown).toEqual(want);
    await one.stop();
  });
});

describe("CEL checks", () => {
  const checks = new UserHealthChecks({
    command,
    cel: [
      {
        kinds: "example.org/Widget",
        degraded: `object.status.conditions.exists(c, c.type == "Assembled" && c.status == "False")`,
        suspended: "object.spec.paused == true",
        healthy: "object.status.parts == object.spec.parts",
        message: `"parts: " + string(object.status.parts)`,
      },
    ],
  });
  afterAll(() => checks.stop());
  const cases: { name: string; object: KubeObject; want: HealthStatus }[] = [
    { name: "a missing field is not true", object: widget(), want: "Progressing" },
    {
      name: "whole numbers compare",
      object: widget({ parts: 3, conditions: [] }, { parts: 3 }),
      want: "Healthy",
    },
    { name: "not yet", object: widget({ parts: 2, conditions: [] }, { parts: 3 }), want: "Progressing" },
    {
      name: "Degraded goes first",
      object: widget(
        { parts: 3, conditions: [{ type: "Assembled", status: "False" }] },
        { parts: 3, paused: true },
      ),
      want: "Degraded",
    },
    {
      name: "Suspended goes before Healthy",
      object: widget({ parts: 3, conditions: [] }, { parts: 3, paused: true }),
      want: "Suspended",
    },
  ];
  test.each(cases)("$name", async ({ object, want }) => {
    expect((await checks.judge(object))?.health?.status).toBe(want);
  });
  test("says the message", async () => {
    expect((await checks.judge(widget({ parts: 3, conditions: [] }, { parts: 3 })))?.health?.message).toBe(
      "parts: 3",
    );
  });
  test("a wrong expression is Unknown and names itself", async () => {
    const wrong = new UserHealthChecks({
      command,
      cel: [{ kinds: "example.org/Widget", healthy: "object.spec ==" }],
    });
    expect((await wrong.judge(widget()))?.health).toMatchObject({
      status: "Unknown",
      message: expect.stringContaining("healthy:"),
    });
    await wrong.stop();
  });
});

describe("TypeScript checks", () => {
  const plugin = defineHealthCheck({
    name: "widgets",
    kinds: ["example.org/*"],
    judge: (object) => {
      if (object.metadata.name === "bad") throw new Error("cannot tell");
      return { status: "Healthy", message: "by plugin" };
    },
  });
  const checks = new UserHealthChecks({
    command,
    plugins: [plugin],
    lua: [{ kinds: "example.org/Other", script: "return nil" }],
  });
  afterAll(() => checks.stop());
  test("answer at once", () => {
    expect(checks.said(widget())).toEqual({
      check: "plugin widgets",
      health: { status: "Healthy", message: "by plugin" },
    });
  });
  test("what they throw is Unknown", () => {
    expect(checks.said({ ...widget(), metadata: { name: "bad" } })?.health).toEqual({
      status: "Unknown",
      message: "plugin widgets: cannot tell",
    });
  });
});

describe("said()", () => {
  const condition = (state: string, metadata: object): KubeObject => ({
    ...widget({ state }),
    metadata: { ...widget().metadata, ...metadata },
  });
  const byState = `return {status = obj.status.state, message = obj.metadata.resourceVersion}`;
  /** The next keys that `checks` says have another answer. */
  const told = (checks: HealthChecks): Promise<readonly string[]> =>
    new Promise((resolve) => {
      const stop = checks.onChange((keys) => {
        stop();
        resolve(keys);
      });
    });

  test("keeps the last verdict while the status changes, not when the generation does", async () => {
    const checks = new UserHealthChecks({ command, lua: [{ kinds: "example.org/Widget", script: byState }] });
    const first = condition("Healthy", { generation: 1, resourceVersion: "1" });
    checks.said(first);
    await told(checks);
    expect(checks.said(first)?.health).toEqual({ status: "Healthy", message: "1" });
    const status = condition("Degraded", { generation: 1, resourceVersion: "2" });
    expect(checks.said(status)?.health?.status).toBe("Healthy");
    await told(checks);
    expect(checks.said(status)?.health).toEqual({ status: "Degraded", message: "2" });
    expect(checks.said(condition("Degraded", { generation: 2, resourceVersion: "3" }))?.health?.status).toBe(
      "Progressing",
    );
    await checks.stop();
  });

  test("tells objects of one name in two clusters apart", async () => {
    const checks = new UserHealthChecks({ command, lua: [{ kinds: "example.org/Widget", script: byState }] });
    const [here, there] = [condition("Healthy", { uid: "here" }), condition("Suspended", { uid: "there" })];
    checks.said(here);
    checks.said(there);
    await told(checks);
    await told(checks);
    expect([here, there].map((object) => checks.said(object)?.health?.status)).toEqual([
      "Healthy",
      "Suspended",
    ]);
    await checks.stop();
  });

  test("judges again by other checks, and shows the last verdict until then", async () => {
    const checks = new UserHealthChecks({ command, lua: [{ kinds: "example.org/Widget", script: byState }] });
    const object = condition("Healthy", {});
    checks.said(object);
    await told(checks);
    checks.configure({
      cel: [{ kinds: "example.org/Widget", degraded: `object.status.state == "Healthy"` }],
    });
    expect(checks.said(object)).toEqual({
      check: "lua example.org/Widget",
      health: { status: "Healthy", message: "1" },
    });
    await told(checks);
    expect(checks.said(object)?.health?.status).toBe("Degraded");
    checks.configure({});
    expect(checks.said(object)).toBeUndefined();
    await checks.stop();
  });

  test("leaves a check that had to be ended alone for a while, so that others have their turn", async () => {
    const checks = new UserHealthChecks({
      command,
      // Time enough for the good one on a busy machine: were it ended, it would rest too.
      limits: { jobMs: 3_000 },
      restMs: 600_000,
      lua: [
        { kinds: "example.org/Widget", script: "while true do end" },
        { kinds: "example.org/Good", script: `return {status = "Healthy"}` },
      ],
    });
    const ended = {
      status: "Unknown",
      message: "lua example.org/Widget: it was ended after 3000 ms without an answer",
    } as const;
    for (let at = 0; at < 200; at++) checks.said(condition("Healthy", { name: `w${at}`, uid: `w${at}` }));
    const good: KubeObject = { ...condition("Healthy", { name: "g", uid: "g" }), kind: "Good" };
    checks.said(good);
    while (checks.said(good)?.health?.status !== "Healthy") await told(checks);
    expect(checks.said(condition("Healthy", { name: "w0", uid: "w0" }))?.health).toEqual(ended);
    expect(checks.said(condition("Healthy", { name: "w199", uid: "w199" }))?.health).toEqual(ended);
    await checks.stop();
  });
});
