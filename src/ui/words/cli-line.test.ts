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

// Whoever sends a link with such a query has the end of a paste, a line of theirs and a return in what is copied.
test("holds nothing that a terminal obeys while it is pasted", () => {
  const query = "it's\u001b[201~\\\nrm -rf /\r\u009b";
  const line = cliLine(["app", "list", "--query", query]);
  expect(line).not.toMatch(/\p{Cc}/u);
  expect(line).toStartWith("holdfast app list --query $'it\\'s\\u001b[201~");
  const shell = Bun.spawnSync(["/bin/bash", "-c", `holdfast() { printf '%s' "$4"; }; ${line}`], {
    env: { LC_ALL: "C.UTF-8" },
  });
  expect(shell.stdout.toString()).toBe(query);
});
