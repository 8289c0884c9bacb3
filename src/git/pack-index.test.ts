/** Packs that git made, read and indexed by us; packs that we made, judged by git. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { runGit } from "../../test/lib/git-server.ts";
import type { ObjectFormat } from "./git-object.ts";
import { ObjectStore } from "./object-store.ts";
import { indexPack } from "./pack-index.ts";

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "holdfast-pack-"));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const forever = new AbortController().signal;

/** A repository whose one pack has deltas on deltas. */
async function packed(format: ObjectFormat): Promise<{ repo: string; pack: string }> {
  const repo = mkdtempSync(join(folder, format));
  await runGit(["init", "-q", "-b", "main", `--object-format=${format}`, repo]);
  const lines = Array.from({ length: 400 }, (_, i) => `key-${i}: value number ${i * 7919}`);
  for (let i = 0; i < 12; i++) {
    lines[i * 30] = `changed: ${i}`;
    writeFileSync(join(repo, "values.yaml"), lines.join("\n"));
    writeFileSync(join(repo, `file-${i}`), `${i}\n`);
    await runGit(["-C", repo, "add", "."]);
    await runGit(["-C", repo, "commit", "-q", "-m", `commit ${i}`]);
  }
  await runGit(["-C", repo, "repack", "-q", "-a", "-d", "-f", "--depth=20"]);
  const packs = join(repo, ".git", "objects", "pack");
  return { repo, pack: join(packs, readdirSync(packs).find((name) => name.endsWith(".pack")) ?? "") };
}

describe.each<ObjectFormat>(["sha1", "sha256"])("packs of %s", (format) => {
  test("our index is git's index, byte for byte", async () => {
    const { pack } = await packed(format);
    const theirs = readFileSync(pack.replace(/pack$/, "idx"));
    const copy = join(mkdtempSync(join(folder, "copy-")), "x.pack");
    writeFileSync(copy, readFileSync(pack));
    await indexPack(copy, format, forever);
    expect(Buffer.compare(readFileSync(copy.replace(/pack$/, "idx")), theirs)).toBe(0);
  });

  test("every object reads as git reads it", async () => {
    const { repo } = await packed(format);
    const store = new ObjectStore(join(repo, ".git", "objects"), format);
    const list = (await runGit(["-C", repo, "cat-file", "--batch-all-objects", "--batch-check"])).split("\n");
    expect(list.length).toBeGreaterThan(30);
    for (const line of list) {
      const [id = "", type, size] = line.split(" ");
      const object = store.read(id);
      expect([object?.type as string, String(object?.data.byteLength)]).toEqual([type ?? "", size ?? ""]);
    }
    expect(store.startingWith(list[0]?.slice(0, 10) ?? "")).toEqual([list[0]?.split(" ")[0] ?? ""]);
    store.close();
  });

  test("one wrong byte anywhere is found", async () => {
    const { pack } = await packed(format);
    const good = readFileSync(pack);
    for (const at of [0, 5, 11, 12, 40, good.byteLength >> 1, good.byteLength - 5]) {
      const path = join(mkdtempSync(join(folder, "bad-")), "x.pack");
      const bad = Buffer.from(good);
      bad[at] = (bad[at] ?? 0) ^ 0x10;
      writeFileSync(path, bad);
      expect(
        await indexPack(path, format, forever).then(
          () => "taken",
          (cause: Error) => cause.name,
        ),
      ).toBe("BrokenObject");
      expect(readdirSync(join(path, ".."))).toEqual(["x.pack"]);
    }
  });
});

test("a thin pack is made whole, and git finds no fault in it", async () => {
  const { repo } = await packed("sha1");
  const copy = mkdtempSync(join(folder, "thin-"));
  await runGit(["clone", "-q", "--bare", repo, copy]);
  const base = await runGit(["-C", repo, "rev-parse", "HEAD~3"]),
    tip = await runGit(["-C", repo, "rev-parse", "HEAD"]);
  const thin = join(mkdtempSync(join(folder, "thin-pack-")), "x.pack");
  const child = Bun.spawn(
    ["git", "-C", repo, "pack-objects", "--thin", "--stdout", "--revs", "--delta-base-offset", "-q"],
    { stdin: Buffer.from(`${tip}\n^${base}\n`), stdout: Bun.file(thin) },
  );
  await child.exited;
  expect(
    await indexPack(thin, "sha1", forever).then(
      () => "taken",
      (cause: Error) => cause.message,
    ),
  ).toContain("have no base in it");
  const store = new ObjectStore(join(copy, "objects"), "sha1");
  await indexPack(thin, "sha1", forever, (id) => store.read(id));
  expect(await runGit(["verify-pack", "-v", thin])).toContain(tip);
  store.close();
});
