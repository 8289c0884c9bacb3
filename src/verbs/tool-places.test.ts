import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { asFailure } from "../core/model/failure.ts";
import { cameWithUs } from "./tool-places.ts";

let folder: string, dir: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "holdfast-came-"));
  dir = join(folder, "tools");
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** As the bundler names it: with a hash of its content. */
const packed = async (hash: string, text: string): Promise<string> => {
  const path = join(folder, `helm-${hash}.zst`);
  writeFileSync(path, await Bun.zstdCompress(text));
  return path;
};
const helmOf = async (path: string): Promise<() => Promise<string>> => {
  const { helm } = await cameWithUs({ embedded: { helm: path }, packageRoot: undefined }, dir);
  if (typeof helm !== "function") throw new Error("it is written out already");
  return helm;
};

describe("cameWithUs() of a packed program", () => {
  test("writes nothing before somebody asks for it, and one file for all who do", async () => {
    const helm = await helmOf(await packed("a", "#!/bin/sh\n"));
    expect(existsSync(dir)).toBe(false);
    const paths = await Promise.all([helm(), helm(), helm()]);
    expect(new Set(paths)).toEqual(new Set([join(dir, "helm")]));
    expect(readFileSync(join(dir, "helm"), "utf8")).toBe("#!/bin/sh\n");
    expect(statSync(join(dir, "helm")).mode & 0o777).toBe(0o755);
    expect(readdirSync(dir).sort()).toEqual(["helm", "helm.from"]);
  });

  test("leaves the one that is there, puts a new build's in its place, and makes one that went again", async () => {
    const old = await packed("a", "old");
    await (await helmOf(old))();
    const { ino } = statSync(join(dir, "helm"));
    const known = await helmOf(old);
    await known();
    expect(statSync(join(dir, "helm")).ino).toBe(ino);
    await (await helmOf(await packed("b", "new")))();
    expect(readFileSync(join(dir, "helm"), "utf8")).toBe("new");
    rmSync(dir, { recursive: true });
    await known();
    expect(readFileSync(join(dir, "helm"), "utf8")).toBe("old");
  });

  test("says where it cannot be written, and tries again for the next who asks", async () => {
    writeFileSync(dir, "a file in the folder's place");
    const helm = await helmOf(await packed("a", "#!/bin/sh\n"));
    const failure = asFailure(await helm().catch((cause: unknown) => cause), "", "");
    expect(failure).toMatchObject({ code: "tool-missing", object: join(dir, "helm"), retry: "backoff" });
    expect(failure.message).toContain("cannot write out this program, which came with us: ");
    rmSync(dir);
    mkdirSync(dir);
    expect(await helm()).toBe(join(dir, "helm"));
  });
});
