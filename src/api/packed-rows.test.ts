import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { gunzipSync } from "node:zlib";
import fc from "fast-check";
import { type FakeControl, fakeApp, fakeControl } from "../../test/fakes/fake-control.ts";
import { type FakeApi, startFakeApi } from "../../test/lib/fake-api.ts";
import { AccessPolicy } from "../core/access/access-policy.ts";
import { askerOf } from "../core/access/asker.ts";
import { parsePolicy } from "../core/access/policy-text.ts";
import type { Application } from "../core/model/application.ts";
import { ListRows } from "./list-rows.ts";
import { PackedRows } from "./packed-rows.ts";

const app = (name: string, project = "default", label = "a"): Application => {
  const { spec, metadata, ...rest } = fakeApp("argocd", name);
  return { ...rest, metadata: { ...metadata, labels: { label } }, spec: { ...spec, project } };
};
const many = Array.from({ length: 3_000 }, (_, at) => app(`app-${at}`));

describe("PackedRows", () => {
  const rows = new ListRows();
  const texts = async (packed: PackedRows, apps: readonly Application[]): Promise<string> =>
    gunzipSync(await packed.packed("[", rows.ofAll(apps), "]")).toString();
  const plain = (apps: readonly Application[]): string =>
    `[${rows
      .ofAll(apps)
      .map(({ text }) => text)
      .join(",")}]`;

  test("holds exactly the rows that were asked for, whatever was asked for before", async () => {
    const packed = new PackedRows();
    await fc.assert(
      fc.asyncProperty(fc.array(fc.nat({ max: 39 })), async (places) => {
        // Of few, so that most parts begin alike.
        const some = places.flatMap((at) => many[at] ?? []);
        expect(await texts(packed, some)).toBe(plain(some));
      }),
    );
    expect(await texts(packed, [])).toBe("[]");
  });

  test("one that changed, came or went has one part of many packed anew", async () => {
    const packed = new PackedRows();
    await texts(packed, many);
    const parts = packed.made;
    expect(parts).toBeGreaterThan(10);
    const anew = async (apps: readonly Application[]): Promise<number> => {
      const before = packed.made;
      expect(await texts(packed, apps)).toBe(plain(apps));
      return packed.made - before;
    };
    expect(await anew(many)).toBe(0);
    expect(await anew(many.with(1_500, app("app-1500", "default", "b")))).toBe(1);
    expect(await anew(many.toSpliced(700, 1))).toBeLessThanOrEqual(2);
    expect(await anew(many.toSpliced(700, 0, app("app-699b")))).toBeLessThanOrEqual(2);
  });
});

describe("the list of two who may not see the same", () => {
  let control: FakeControl;
  let api: FakeApi;
  const policy = new AccessPolicy({
    lines: parsePolicy(
      "p, ann, applications, get, open/*, allow\np, bob, applications, get, *, allow\np, eve, applications, get, shut/*, allow",
      "policy.csv",
    ).lines,
    ...{ projects: new Map(), matchMode: "glob" as const, defaultRole: undefined },
  });
  beforeEach(() => {
    control = fakeControl();
    for (let at = 0; at < 600; at += 1) control.put(app(`app-${at}`, at % 3 === 0 ? "shut" : "open"));
    api = startFakeApi(control, {
      who: ({ headers }) => {
        const name = headers.get("authorization")?.replace("Bearer ", "") ?? "nobody";
        const asker = askerOf({ actor: `user:${name}`, subject: { name, groups: [] } }, () => policy);
        return { is: "known", by: "header", asker };
      },
    });
  });
  afterEach(() => api.stop());

  const projects = async (name: string): Promise<{ open: number; shut: number }> => {
    const reply = await fetch(`${api.url}/api/holdfast/v1/list`, {
      headers: { authorization: `Bearer ${name}`, "accept-encoding": "gzip" },
    });
    expect(reply.headers.get("content-encoding")).toBe("gzip");
    const text = await reply.text();
    const count = (project: string): number => text.split(`"project":"${project}"`).length - 1;
    expect((JSON.parse(text) as { rows: unknown[] }).rows).toHaveLength(count("open") + count("shut"));
    return { open: count("open"), shut: count("shut") };
  };

  test("each gets their own, one after the other and all at once", async () => {
    const wanted = [
      { open: 400, shut: 0 },
      { open: 400, shut: 200 },
      { open: 0, shut: 200 },
    ];
    const names = ["ann", "bob", "eve"];
    for (const [at, name] of names.entries()) expect(await projects(name)).toEqual(wanted[at]!);
    for (const [at, name] of names.entries()) expect(await projects(name)).toEqual(wanted[at]!);
    expect(await Promise.all(names.map(projects))).toEqual(wanted);
    for (let at = 0; at < 600; at += 7) control.put(app(`app-${at}`, "shut", "b"));
    const [ann, bob, eve] = await Promise.all(names.map(projects));
    expect(ann).toEqual({ open: bob!.open, shut: 0 });
    expect(eve).toEqual({ open: 0, shut: bob!.shut });
    expect(bob!.shut).toBeGreaterThan(200);
  });
});
