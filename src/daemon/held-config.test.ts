import { describe, expect, test } from "bun:test";
import type { Config } from "../config/config.ts";
import { DEFAULT_CONFIG } from "../config/load-config.ts";
import { Secret } from "../core/model/secret.ts";
import { asItCanHold, isSame, needRestart, settingsOf } from "./held-config.ts";

const changed = (change: Partial<Config>): Config => ({ ...DEFAULT_CONFIG, ...change });

describe("settingsOf()", () => {
  test("says in the engine's words what the config says", () => {
    const settings = settingsOf(
      changed({ installationID: "", validate: "strict", health: { ...DEFAULT_CONFIG.health, pods: false } }),
    );
    expect(settings).toMatchObject({ installationId: undefined, faults: "refuse", pods: "ignore" });
    expect(settingsOf(changed({ installationID: "one" }))).toMatchObject({
      installationId: "one",
      faults: "repair",
      pods: "judge",
    });
  });
});

describe("a config in place of another", () => {
  test.each<{ what: string; next: Config; fixed: string[] }>([
    { what: "an equal one", next: structuredClone(DEFAULT_CONFIG), fixed: [] },
    {
      what: "another rhythm, other folders, other clusters",
      next: changed({ poll: { everyMs: 1 }, applications: ["/x"], clusters: [] }),
      fixed: [],
    },
    {
      what: "another data folder and other plugins",
      next: changed({ data: "/elsewhere", plugins: ["/p.ts"] }),
      fixed: ["data", "plugins"],
    },
    {
      what: "another home namespace, which stands in tracking ids",
      next: changed({ namespace: "holdfast" }),
      fixed: ["namespace"],
    },
    {
      what: "another limit of renders and of Git",
      next: changed({
        render: { ...DEFAULT_CONFIG.render, timeoutMs: 1 },
        git: { ...DEFAULT_CONFIG.git, timeoutMs: 1 },
      }),
      fixed: ["render", "git"],
    },
  ])("$what waits for a restart in $fixed", ({ next, fixed }) => {
    expect(needRestart(DEFAULT_CONFIG, next)).toEqual(fixed);
    const held = asItCanHold(DEFAULT_CONFIG, next);
    // What waits is still said at the reload after this one.
    expect(needRestart(held, next)).toEqual(fixed);
    expect(needRestart(DEFAULT_CONFIG, held)).toEqual([]);
    expect([held.poll, held.applications, held.clusters]).toEqual([
      next.poll,
      next.applications,
      next.clusters,
    ]);
  });
});

describe("isSame()", () => {
  test("tells secrets apart that print alike", () => {
    const server = (token: string) => ({ ...DEFAULT_CONFIG.server, token: new Secret(token) });
    expect(isSame(server("a"), server("a"))).toBe(true);
    expect(isSame(server("a"), server("b"))).toBe(false);
    expect(isSame([{ password: new Secret("a") }], [{ password: new Secret("b") }])).toBe(false);
  });
});
