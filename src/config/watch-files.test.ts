import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { mkdirSync, mkdtempSync, renameSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { watchFiles } from "./watch-files.ts";

let folder: string;
let stop: AbortController;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "holdfast-watch-"));
  stop = new AbortController();
});
afterEach(() => {
  stop.abort();
  rmSync(folder, { recursive: true, force: true });
});

/** Resolves at the next change; the test's own time limit is the failure. */
function changes(paths: string[], pollMs: number): { next: () => Promise<void>; count: () => number } {
  let count = 0;
  let wake = () => {};
  watchFiles(
    paths,
    () => {
      count++;
      wake();
    },
    stop.signal,
    { settleMs: 20, pollMs },
  );
  return { next: () => new Promise((resolve) => (wake = resolve)), count: () => count };
}

describe("watchFiles()", () => {
  for (const [how, pollMs] of [
    ["by the system's notices", 600_000],
    ["by looking, where no notice comes", 25],
  ] as const) {
    test(`sees files of a folder come, change and go, ${how}`, async () => {
      mkdirSync(join(folder, "apps/deep"), { recursive: true });
      const { next } = changes([join(folder, "apps")], pollMs);
      for (const act of [
        () => writeFileSync(join(folder, "apps/a.yaml"), "a"),
        () => writeFileSync(join(folder, "apps/a.yaml"), "ab"),
        () => writeFileSync(join(folder, "apps/deep/b.yaml"), "b"),
        () => rmSync(join(folder, "apps/a.yaml")),
      ]) {
        const changed = next();
        act();
        await changed;
      }
    });
    test(`sees a file that an editor puts in place of the old one, ${how}`, async () => {
      const file = join(folder, "holdfast.yaml");
      writeFileSync(file, "a");
      const { next } = changes([file], pollMs);
      const changed = next();
      writeFileSync(`${file}~`, "b");
      renameSync(`${file}~`, file);
      await changed;
    });
  }

  test("sees a link to a folder lead elsewhere, and what happens there then, by the system's notices", async () => {
    for (const release of ["1", "2", "3"]) mkdirSync(join(folder, release));
    symlinkSync("1", join(folder, "current"));
    const { next } = changes([join(folder, "current")], 600_000);
    for (const release of ["2", "3"]) {
      const swapped = next();
      symlinkSync(release, join(folder, "next"));
      renameSync(join(folder, "next"), join(folder, "current"));
      await swapped;
      const written = next();
      writeFileSync(join(folder, release, "a.yaml"), "a");
      await written;
    }
  });

  test("sees a folder appear that was not there", async () => {
    const { next } = changes([join(folder, "later")], 25);
    const appeared = next();
    mkdirSync(join(folder, "later"));
    await appeared;
    const filled = next();
    writeFileSync(join(folder, "later/a.yaml"), "a");
    await filled;
  });

  test("other files of a file's folder, and the end, are no change", async () => {
    const file = join(folder, "holdfast.yaml");
    writeFileSync(file, "a");
    const { count, next } = changes([file], 25);
    writeFileSync(join(folder, "other"), "x");
    const changed = next();
    writeFileSync(file, "changed");
    await changed;
    expect(count()).toBe(1);
    stop.abort();
    writeFileSync(file, "after the end");
    await Bun.sleep(80);
    expect(count()).toBe(1);
  });
});
