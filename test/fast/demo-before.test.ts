/** What a person did in a demo is not thrown away by the next start. */
import { afterAll, expect, test } from "bun:test";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { commitFiles } from "../../src/git/commit-files.ts";
import { createDemoRepository, demoApplications } from "../../src/sandbox/demo/demo-repository.ts";
import { clearDemo } from "../../src/verbs/demo-before.ts";

const root = mkdtempSync(join(tmpdir(), "demo-before-"));
afterAll(() => rmSync(root, { recursive: true, force: true }));

/** A demo's folder as a start leaves it. */
async function started(dir: string): Promise<Record<string, string>> {
  const repository = join(dir, "repository");
  const made = demoApplications(repository, { is: "neighbours" });
  await createDemoRepository(repository, commitFiles(), { is: "neighbours" });
  mkdirSync(join(dir, "applications"), { recursive: true });
  for (const [file, text] of Object.entries(made)) writeFileSync(join(dir, "applications", file), text);
  mkdirSync(join(dir, "data"));
  return made;
}

test.each<[string, (dir: string) => Promise<unknown> | void, string]>([
  [
    "a commit",
    (dir) => commitFiles().commitAll(join(dir, "repository"), { "mine.yaml": "a: 1" }, "mine"),
    "repository/mine.yaml",
  ],
  [
    "a file that was not committed yet",
    (dir) => writeFileSync(join(dir, "repository", "mine.yaml"), "a: 1"),
    "repository/mine.yaml",
  ],
  [
    "an application",
    (dir) => writeFileSync(join(dir, "applications", "mine.yaml"), "a: 1"),
    "applications/mine.yaml",
  ],
  [
    "an edited application",
    (dir) => writeFileSync(join(dir, "applications", "shop.yaml"), "a: 1"),
    "applications/shop.yaml",
  ],
  [
    "a repository that cannot be read any more",
    (dir) => {
      rmSync(join(dir, "repository", ".git", "HEAD"));
      writeFileSync(join(dir, "repository", "mine.yaml"), "a: 1");
    },
    "repository/mine.yaml",
  ],
])("%s is put aside, and the next start keeps it until there is more", async (name, work, file) => {
  const dir = join(root, name.replaceAll(" ", "-"));
  const made = await started(dir);
  await work(dir);
  expect(await clearDemo(dir, made)).toBe(join(dir, "before"));
  expect(readFileSync(join(dir, "before", file), "utf8")).toBe("a: 1");
  expect(["repository", "applications", "data"].map((left) => existsSync(join(dir, left)))).toEqual([
    false,
    false,
    false,
  ]);
  // A start without work in between throws nothing of it away.
  expect(await clearDemo(dir, await started(dir))).toBeUndefined();
  expect(existsSync(join(dir, "before", file))).toBe(true);
  await started(dir);
  await commitFiles().commitAll(join(dir, "repository"), { "newer.yaml": "b: 1" }, "newer");
  expect(await clearDemo(dir, made)).toBe(join(dir, "before"));
  expect(existsSync(join(dir, "before", "repository", "newer.yaml"))).toBe(true);
  expect(existsSync(join(dir, "before", "repository", "mine.yaml"))).toBe(false);
});

test("a folder that is not there, or in which nobody did anything, leaves nothing behind", async () => {
  expect(await clearDemo(join(root, "nowhere"), {})).toBeUndefined();
  const dir = join(root, "untouched");
  expect(await clearDemo(dir, await started(dir))).toBeUndefined();
  expect(existsSync(join(dir, "repository"))).toBe(false);
});
