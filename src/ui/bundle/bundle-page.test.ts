import { expect, test } from "bun:test";
import { readdirSync, readFileSync, statSync, truncateSync } from "node:fs";
import { join } from "node:path";
import { bundlePage } from "./bundle-page.ts";

const folder = join(import.meta.dir, "..", "..", "..", "node_modules", ".cache", "holdfast-page");
const newest = (): string => {
  const files = readdirSync(folder).map((name) => join(folder, name));
  const [file] = files.sort((a, b) => statSync(b).mtimeMs - statSync(a).mtimeMs);
  if (file === undefined) throw new Error("nothing was kept");
  return file;
};

test("a page is bundled once for the same files, and anew where what was kept was cut off", () => {
  const first = bundlePage();
  expect(first.filter(({ is }) => is === "entry").length).toBeGreaterThan(0);
  const kept = newest();
  const at = statSync(kept).mtimeMs;
  expect(bundlePage()).toEqual(first);
  expect(statSync(kept).mtimeMs).toBe(at);
  truncateSync(kept, 1_000);
  expect(bundlePage()).toEqual(first);
  expect(JSON.parse(readFileSync(newest(), "utf8"))).toEqual(first);
}, 120_000);
