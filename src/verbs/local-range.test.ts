import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { endingOf } from "../../test/lib/ending-of.ts";
import { Failure } from "../core/model/failure.ts";
import { localRange } from "./local-range.ts";

const folder = mkdtempSync(join(tmpdir(), "holdfast-range-"));
const checkout = join(folder, "checkout");
const nowhere = join(folder, "nowhere");
const env = {
  PATH: process.env.PATH,
  HOME: "/nonexistent",
  GIT_CONFIG_NOSYSTEM: "1",
  GIT_CONFIG_GLOBAL: "/dev/null",
  GIT_CEILING_DIRECTORIES: folder,
  GIT_AUTHOR_NAME: "T",
  GIT_AUTHOR_EMAIL: "t@example.com",
  GIT_COMMITTER_NAME: "T",
  GIT_COMMITTER_EMAIL: "t@example.com",
};
const git = (...argv: string[]): string => {
  const { stdout, stderr, exitCode } = Bun.spawnSync(["git", "-C", checkout, ...argv], { env });
  if (exitCode !== 0) throw new Error(stderr.toString());
  return stdout.toString().trim();
};
const ask = (base: string, head: string, cwd = checkout, more: object = {}) =>
  localRange({ env: { ...env, ...more }, cwd }, { base, head, signal: new AbortController().signal });

let first: string, second: string;
beforeAll(() => {
  mkdirSync(nowhere, { recursive: true });
  mkdirSync(join(checkout, "deep"), { recursive: true });
  git("init", "-q", "-b", "main");
  for (const text of ["1", "2"]) {
    writeFileSync(join(checkout, "a"), text);
    git("add", "a");
    git("commit", "-q", "-m", text);
  }
  [first, second] = [git("rev-parse", "HEAD~1"), git("rev-parse", "HEAD")];
  git("remote", "add", "origin", "https://ci:hunter2@git.example.com/shop.git");
  git("remote", "add", "fork", "https://git.example.com/fork.git");
  git("branch", "feature/x");
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe("localRange()", () => {
  const repository = "https://git.example.com/shop.git";
  test("says what words of the checkout mean, in any folder of it, and without the password of its address", async () => {
    const cases: [word: string, meaning: string][] = [
      ["HEAD", second],
      ["@", second],
      ["HEAD~1", first],
      ["main^", first],
      [first.slice(0, 8), first],
      ["origin/main", "main"],
      ["origin/feature/x", "feature/x"],
      ["refs/remotes/fork/topic", "topic"],
    ];
    for (const [word, meaning] of cases) {
      expect({ word, ...(await ask("main", word)) }).toEqual({
        word,
        base: "main",
        head: meaning,
        repository,
      });
      expect((await ask(word, "x", join(checkout, "deep"))).base).toBe(meaning);
    }
  });

  test("leaves what the server knows as it is", async () => {
    for (const word of ["main", "feature/x", "v1.2.3", "refs/pull/7/head", second, "upstream/main", ""])
      expect((await ask("main", word)).head).toBe(word);
  });

  test("outside of a checkout names of the server alone count, and a short SHA is the server's to know", async () => {
    expect(await ask("main", "abcdef12", nowhere)).toEqual({ base: "main", head: "abcdef12" });
    for (const head of ["HEAD", "main~1", "@{u}"]) {
      const failure = await ask("main", head, nowhere).catch((cause: unknown) => cause);
      expect(failure).toBeInstanceOf(Failure);
      expect(failure).toMatchObject({ code: "config", fix: expect.stringContaining("full SHA") });
    }
  });

  test("without the git program it is as outside of a checkout", async () => {
    expect(await ask("main", "feature/x", checkout, { PATH: nowhere })).toEqual({
      base: "main",
      head: "feature/x",
    });
    expect(await endingOf(ask("main", "HEAD", checkout, { PATH: nowhere }))).toThrow("there is none on PATH");
  });

  test("a word that looks like a flag is no flag", async () => {
    expect(await endingOf(ask("main", "--upload-pack=touch~x"))).toThrow("cannot tell which commit it is");
  });
});
