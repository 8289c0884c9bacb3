import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { fakeApp, fakeControl } from "../../test/fakes/fake-control.ts";
import { type FakeApi, startFakeApi } from "../../test/lib/fake-api.ts";
import type { Application } from "../core/model/application.ts";

const OUT_OF_SYNC: NonNullable<Application["status"]> = {
  sync: { status: "OutOfSync", comparedTo: { destination: {} } },
  health: { status: "Healthy" },
} as NonNullable<Application["status"]>;
let api: FakeApi;

beforeEach(() => {
  const control = fakeControl();
  for (const name of ["web", "db", `a${"a".repeat(40)}`])
    control.put({ ...fakeApp("argocd", name), status: OUT_OF_SYNC });
  api = startFakeApi(control);
});
afterEach(() => api.stop());

async function found(q: string): Promise<{ status: number; text: string; applications?: number }> {
  const reply = await fetch(`${api.url}/api/holdfast/v1/fleet/diff?${new URLSearchParams({ q })}`);
  const text = await reply.text();
  if (reply.status !== 200) return { status: reply.status, text };
  return { status: 200, text, ...(JSON.parse(text.split("\n")[0] ?? "") as { applications: number }) };
}

describe("GET /api/holdfast/v1/fleet/diff", () => {
  test("finds by a regular expression, in letters of either size", async () => {
    expect((await found("/ARGOCD.(web|db)/")).applications).toBe(2);
    expect((await found("-/argocd.w/")).applications).toBe(2);
    expect(await found("/(/")).toMatchObject({ status: 400, text: expect.stringContaining("no regular") });
  });

  // An engine that tries every way would be at it for hours, and all the daemon with it.
  test("an expression that could be matched in a great many ways holds nobody up", async () => {
    const evil = Array.from({ length: 70 }, () => "-/(a+a*)+~/").join(" ");
    expect((await found(evil)).applications).toBe(3);
  });

  // Going backwards takes more than time in proportion.
  test("an expression that looks back or ahead is refused with what is wrong", async () => {
    expect(await found("/(a)\\1/")).toMatchObject({ status: 400 });
    expect(await found("/a(?=b)/")).toMatchObject({ status: 400 });
  });
});
