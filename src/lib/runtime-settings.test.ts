import { describe, expect, test } from "bun:test";
import { decideRuntime, RUNTIME_SETTINGS } from "./runtime-settings.ts";

describe("decideRuntime()", () => {
  const compiled = {
    env: { HOME: "/home/a", EMPTY: undefined },
    execPath: "/usr/bin/holdfast",
    argv: ["bun", "/$bunfs/root/holdfast", "serve", "--config", "x y"],
    execArgv: [],
  };

  test("a compiled program is replaced by itself with its words, and keeps its environment", () => {
    expect(decideRuntime(compiled)).toEqual({
      do: "replace",
      path: "/usr/bin/holdfast",
      argv: ["/usr/bin/holdfast", "serve", "--config", "x y"],
      env: { HOME: "/home/a", ...RUNTIME_SETTINGS },
    });
  });

  test("a script is run again by the same bun, with bun's own flags", () => {
    const script = {
      env: {},
      execPath: "/opt/bun",
      argv: ["/opt/bun", "/src/main.ts", "demo"],
      execArgv: ["--smol"],
    };
    expect(decideRuntime(script)).toMatchObject({ argv: ["/opt/bun", "--smol", "/src/main.ts", "demo"] });
  });

  test("a variable that is set is left alone", () => {
    expect(decideRuntime({ ...compiled, env: { BUN_CONFIG_MAX_HTTP_REQUESTS: "300" } })).toMatchObject({
      env: { ...RUNTIME_SETTINGS, BUN_CONFIG_MAX_HTTP_REQUESTS: "300" },
    });
  });

  test("once everything is set it goes on, so that it happens once", () => {
    const first = decideRuntime(compiled);
    expect(decideRuntime({ ...compiled, env: first.do === "replace" ? first.env : {} })).toEqual({
      do: "go-on",
    });
  });
});
