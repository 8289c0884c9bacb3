import { expect, test } from "bun:test";
import { aboutCommit } from "./commit-words.ts";
import { NOW } from "./testdata/shown-app.ts";

test("aboutCommit() names subject, author and time, in one line", () => {
  expect(
    aboutCommit(
      {
        author: "Ana Ruiz <ana@example.com>",
        date: "2026-11-23T04:27:00Z",
        message: "web: bump\x1b\n\nWhy.",
      },
      NOW,
    ),
  ).toBe('  "web: bump�" (Ana Ruiz, 4 min ago)');
  expect(aboutCommit(undefined, NOW)).toBe("");
});
