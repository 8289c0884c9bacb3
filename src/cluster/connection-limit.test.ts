import { describe, expect, test } from "bun:test";
import { decideConnectionLimit } from "./connection-limit.ts";

describe("decideConnectionLimit()", () => {
  const compiled = { env: { HOME: "/home/a", EMPTY: undefined }, execPath: "/usr/bin/holdfast", argv: ["bun", "/$bunfs/root/holdfast", "serve", "--config", "x y"], execArgv: [] };

  test("a compiled program is replaced by itself with its words, and keeps its environment", () => {
    expect(decideConnectionLimit(compiled)).toEqual({
      do: "replace", path: "/usr/bin/holdfast", argv: ["/usr/bin/holdfast", "serve", "--config", "x y"], env: { HOME: "/home/a", BUN_CONFIG_MAX_HTTP_REQUESTS: "65336" },
    });
  });

  test("a script is run again by the same bun, with bun's own flags", () => {
    const script = { env: {}, execPath: "/opt/bun", argv: ["/opt/bun", "/src/main.ts", "demo"], execArgv: ["--smol"] };
    expect(decideConnectionLimit(script)).toMatchObject({ argv: ["/opt/bun", "--smol", "/src/main.ts", "demo"] });
  });

  test("a limit that is set is left alone, so that it happens once", () => {
    expect(decideConnectionLimit({ ...compiled, env: { BUN_CONFIG_MAX_HTTP_REQUESTS: "300" } })).toEqual({ do: "go-on" });
  });
});
