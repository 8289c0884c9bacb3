import { describe, expect, test } from "bun:test";
import {
  activityCli,
  activityQuery,
  asOne,
  dayBegan,
  parseActivityQuery,
  withFacet,
} from "./activity-words.ts";

const asked = (line: string, from = "", to = ""): string =>
  String(
    activityQuery(parseActivityQuery(line), { from, to, zone: "local" }, [
      "argocd/web",
      "team/web",
      "argocd/api",
    ]),
  );

test.each([
  ["2026-11-03T00:00:00Z", "2026-11-03T00:00"],
  ["2026-01-31T23:59:59.999Z", "2026-01-31T00:00"],
])("dayBegan() of %p in UTC, wherever the machine is", (now, want) => {
  expect(dayBegan(new Date(now), "UTC")).toBe(want);
  const since = String(activityQuery(parseActivityQuery(""), { from: want, to: "", zone: "UTC" }, []));
  expect(since).toBe(String(new URLSearchParams({ since: `${want}:00.000Z` })));
});

test.each([
  [new Date(2026, 10, 3, 0, 0, 0), "2026-11-03T00:00"],
  [new Date(2026, 0, 31, 23, 59, 59, 999), "2026-01-31T00:00"],
])("dayBegan() of %p", (now, want) => {
  expect(dayBegan(now, "local")).toBe(want);
  const since = new URLSearchParams(asked("", dayBegan(now, "local"))).get("since") ?? "";
  expect(new Date(since).getTime()).toBe(new Date(now).setHours(0, 0, 0, 0));
});

describe("activityQuery()", () => {
  test.each([
    ["", ""],
    ["actor:ann action:sync", "actor=ann&action=sync"],
    ["app:argocd/web", "app=argocd%2Fweb"],
    ["app:api", "app=argocd%2Fapi"],
    // Two have that name: the daemon says what is missing.
    ["app:web", "app=web"],
    ["outcome:refused too much", "outcome=refused&text=too+much"],
    ['actor:"proj:pay:ci"', "actor=proj%3Apay%3Aci"],
    ["actor:", ""],
    ["user:ann", "text=user%3Aann"],
  ])("%p asks for %p", (line, want) => {
    expect(asked(line)).toBe(want);
  });

  test("takes times of the reader's zone, and leaves out what is none", () => {
    const at = new Date("2026-11-23T04:00").toISOString();
    expect(asked("", "2026-11-23T04:00", "soon")).toBe(String(new URLSearchParams({ since: at })));
  });

  test("takes a zone that an address names, whatever the page shows times in", () => {
    for (const zone of ["local", "UTC"] as const) {
      const query = activityQuery(
        parseActivityQuery(""),
        { from: "2026-11-23T04:00+02:00", to: "x", zone },
        [],
      );
      expect(String(query)).toBe(String(new URLSearchParams({ since: "2026-11-23T02:00:00.000Z" })));
    }
  });
});

describe("parseActivityQuery()", () => {
  test("says what cannot be asked", () => {
    expect(parseActivityQuery("outcome:good").faults).toEqual(["outcome is done, refused, failed"]);
    expect(parseActivityQuery("actor:a actor:b").faults).toEqual(["actor is asked for once"]);
  });
});

test("withFacet() puts a value in place of another one, and takes it out", () => {
  expect(withFacet("actor:ann rollback", "actor", "bob")).toBe("rollback actor:bob");
  expect(withFacet("actor:ann rollback", "actor", "")).toBe("rollback");
  expect(withFacet("", "action", "two words")).toBe('action:"two words"');
});

test("activityCli() is what the command line takes", () => {
  expect(activityCli("list", new URLSearchParams({ actor: "ann", app: "argocd/web" }))).toEqual([
    ...["activity", "list", "--actor", "ann", "--app", "argocd/web"],
  ]);
});

describe("asOne()", () => {
  const entry = (app: string | undefined, more: object = {}) => ({
    ...{
      at: "2026-11-30T12:08:45Z",
      actor: "applicationset:argocd/mm",
      action: "delete",
      outcome: { is: "done" },
    },
    ...(app === undefined ? {} : { app }),
    ...more,
  });
  const names = (items: ReturnType<typeof entry>[]): string[] =>
    asOne(items, ({ action }) => action).map((group) => group.map(({ app }) => app ?? "-").join("+"));

  test("tells what one did to several applications at once in one row, and two in two", () => {
    expect(names([entry("a"), entry("b"), entry("c"), entry(undefined)])).toEqual(["a+b+c", "-"]);
    expect(names([entry("a"), entry("b")])).toEqual(["a", "b"]);
  });

  test.each([
    ["another person", { actor: "user:ann" }],
    ["another deed", { action: "sync" }],
    ["another outcome", { outcome: { is: "failed" } }],
    ["another cause", { outcome: { is: "done", why: "late" } }],
    ["another reason", { reason: "cleaned up" }],
    ["another time", { at: "2026-11-30T12:10:00Z" }],
    ["a change that can be read", { after: {} }],
    ["what was done several times", { count: 2 }],
  ])("%s stands by itself", (_, more) => {
    expect(names([entry("a"), entry("b", more), entry("c"), entry("d")])).toEqual(["a", "b", "c", "d"]);
  });
});
