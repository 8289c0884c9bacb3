import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { cleanScratch, makeRunFolder } from "./run-folder.ts";

let scratchDir = "";
beforeEach(() => {
  scratchDir = mkdtempSync(join(tmpdir(), "holdfast-scratch-"));
});
afterEach(() => rmSync(scratchDir, { recursive: true, force: true }));

describe("makeRunFolder()", () => {
  test("is for this user's eyes only, and leaves nothing behind", async () => {
    const folder = makeRunFolder(scratchDir);
    expect(readdirSync(scratchDir)).toEqual([]);
    const { scratch } = folder,
      { HOME = "", KUBECONFIG } = folder.env();
    expect([scratch, HOME, dirname(HOME)].map((path) => statSync(path).mode & 0o777)).toEqual([
      0o700, 0o700, 0o700,
    ]);
    const beside = [folder.makeBeside("bin"), dirname(folder.addProgram("helm", new Uint8Array()))];
    expect(beside.map((path) => statSync(path).mode & 0o777)).toEqual([0o700, 0o700]);
    expect(beside.filter((path) => path.startsWith(`${folder.path}/`))).toEqual([]);
    expect([dirname(HOME), KUBECONFIG]).toEqual([dirname(scratch), "/dev/null"]);
    await folder.remove();
    expect(readdirSync(scratchDir)).toEqual([]);
  });
});

describe("cleanScratch()", () => {
  test("removes what dead processes left, and nothing of the living or of others", async () => {
    const dead = Bun.spawnSync(["/bin/true"]).pid;
    for (const name of [`run-${dead}-x`, `run-${process.pid}-y`, "somebody-else"])
      mkdirSync(join(scratchDir, name, "deep"), { recursive: true });
    await cleanScratch(scratchDir);
    expect(readdirSync(scratchDir).sort()).toEqual([`run-${process.pid}-y`, "somebody-else"]);
  });

  test("makes the folder where it is missing", async () => {
    await cleanScratch(join(scratchDir, "new"));
    expect(existsSync(join(scratchDir, "new"))).toBe(true);
  });
});
