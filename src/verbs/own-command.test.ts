import { describe, expect, test } from "bun:test";
import { chmodSync, mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ownCommand } from "./own-command.ts";

describe("ownCommand()", () => {
  const root = realpathSync(mkdtempSync(join(tmpdir(), "holdfast-own-")));
  const execPath = join(root, "dist", "holdfast");
  mkdirSync(join(root, "dist"));
  mkdirSync(join(root, "bin"));
  writeFileSync(execPath, "");
  chmodSync(execPath, 0o755);
  symlinkSync(execPath, join(root, "bin", "holdfast"));

  const cases: { name: string; packageRoot?: string; path?: string; cwd: string; is: string }[] = [
    { name: "from sources it is what npm's runner runs", packageRoot: root, cwd: root, is: "src/bin.mjs" },
    {
      name: "from sources elsewhere its path is whole, in quotes where a shell would split it",
      packageRoot: "/home/it's mine",
      cwd: "/",
      is: "'home/it'\\''s mine/src/bin.mjs'",
    },
    { name: "on PATH its name is enough", path: join(root, "bin"), cwd: "/", is: "holdfast" },
    { name: "below the working folder its path is short", cwd: root, is: "dist/holdfast" },
    {
      name: "in the working folder it needs a dot, or a shell would look on PATH",
      cwd: join(root, "dist"),
      is: "./holdfast",
    },
    { name: "elsewhere its path is whole", cwd: join(root, "bin"), is: execPath },
  ];
  test.each(cases)("$name", ({ packageRoot, path = "", cwd, is }) => {
    const build = { version: "", commit: "", buildDate: "" };
    expect(
      ownCommand({
        env: { PATH: path },
        cwd,
        embedded: {},
        packageRoot,
        build,
        self: { env: {}, execPath, argv: [], execArgv: [] },
        stderr: () => undefined,
      }),
    ).toBe(is);
  });
  test("nothing is left behind", () => rmSync(root, { recursive: true }));
});
