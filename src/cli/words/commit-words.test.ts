import { expect, test } from "bun:test";
import type { ChangeAbout } from "../../core/model/commit-about.ts";
import { aboutCommit, aboutRevision } from "./commit-words.ts";
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

test("aboutRevision() names the commit that changed it, and nobody where that is not known", () => {
  const [tip, other] = ["1".repeat(40), "2".repeat(40)];
  const facts = { author: "Gus <gus@example.com>", date: "", message: "guestbook: broken" };
  const change = (commit: string): ChangeAbout => ({
    ...{ is: "commit", commit, subject: "pay: two", author: "Pia <pia@example.com>" },
    ...{ date: "", signedOffBy: [] },
  });
  expect(aboutRevision(tip, change(tip), facts, NOW)).toBe('  "pay: two" (Pia)');
  expect(aboutRevision(tip, change(other), facts, NOW)).toBe(', last changed by 2222222  "pay: two" (Pia)');
  expect(aboutRevision(tip, { is: "unknown", why: "it is not known yet" }, facts, NOW)).toBe("");
  // A daemon before this one.
  expect(aboutRevision(tip, undefined, facts, NOW)).toBe('  "guestbook: broken" (Gus)');
});
