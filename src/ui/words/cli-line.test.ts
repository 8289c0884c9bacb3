import { expect, test } from "bun:test";
import { cliLine } from "./cli-line.ts";

test.each<{ words: string[]; line: string }>([
  { words: ["app", "sync", "argocd/web", "--prune"], line: "holdfast app sync argocd/web --prune" },
  { words: ["--reason", "it's late; rm -rf $HOME"], line: `holdfast --reason 'it'\\''s late; rm -rf $HOME'` },
  { words: ["app", "list", "-Q", ""], line: "holdfast app list -Q ''" },
])("$line", async ({ words, line }) => {
  expect(cliLine(words)).toBe(line);
  // A shell takes it apart as it was.
  const shell = Bun.spawnSync(["/bin/sh", "-c", `holdfast() { printf '%s\\n' "$@"; }; ${line}`]);
  expect(shell.stdout.toString().split("\n").slice(0, -1)).toEqual(words);
});
