import { describe, expect, test } from "bun:test";
import type { Config } from "../config/config.ts";
import { defaultConfig } from "../config/load-config.ts";
import { Secret } from "../core/model/secret.ts";
import { asItCanHold, isSame, needRestart, settingsOf } from "./held-config.ts";

const changed = (change: Partial<Config>): Config => ({ ...defaultConfig("/"), ...change });

describe("settingsOf()", () => {
  test("says in the engine's words what the config says", () => {
    const settings = settingsOf(
      changed({
        installationID: "",
        validate: "strict",
        health: { ...defaultConfig("/").health, pods: false },
      }),
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
    { what: "an equal one", next: structuredClone(defaultConfig("/")), fixed: [] },
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
      what: "another key to what is encrypted in Git",
      next: changed({ decryption: { ...defaultConfig("/").decryption, age: ["/age.txt"] } }),
      fixed: ["decryption"],
    },
    {
      what: "other options of tools",
      next: changed({ render: { ...defaultConfig("/").render, buildOptions: ["--x"] } }),
      fixed: [],
    },
    {
      what: "another limit of renders and of Git",
      next: changed({
        render: { ...defaultConfig("/").render, timeoutMs: 1 },
        git: { ...defaultConfig("/").git, timeoutMs: 1 },
      }),
      fixed: ["render", "git"],
    },
  ])("$what waits for a restart in $fixed", ({ next, fixed }) => {
    expect(needRestart(defaultConfig("/"), next)).toEqual(fixed);
    const held = asItCanHold(defaultConfig("/"), next);
    // What waits is still said at the reload after this one.
    expect(needRestart(held, next)).toEqual(fixed);
    expect(needRestart(defaultConfig("/"), held)).toEqual([]);
    expect(held.render.buildOptions).toEqual(next.render.buildOptions);
    expect([held.poll, held.applications, held.clusters]).toEqual([
      next.poll,
      next.applications,
      next.clusters,
    ]);
  });
});

describe("isSame()", () => {
  test("tells secrets apart that print alike", () => {
    const server = (token: string) => ({ ...defaultConfig("/").server, token: new Secret(token) });
    expect(isSame(server("a"), server("a"))).toBe(true);
    expect(isSame(server("a"), server("b"))).toBe(false);
    expect(isSame([{ password: new Secret("a") }], [{ password: new Secret("b") }])).toBe(false);
  });
});
