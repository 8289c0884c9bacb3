import { expect, test } from "bun:test";
import { deedIn } from "./deed-line.ts";

test.each([
  ["sync payments", "sync", "payments"],
  ["  Sync   Payments ", "sync", "payments"],
  ["roll back mailer", "rollback", "mailer"],
  ["rollback shop/mailer", "rollback", "shop/mailer"],
  ["refresh x", "refresh", "x"],
  ["hard refresh x", "hard-refresh", "x"],
  ["lift the hold of web", "unhold", "web"],
  ["delete sync", "delete", "sync"],
] as const)("deedIn(%j) is %s of %j", (line, id, of) => {
  expect(deedIn(line)).toMatchObject({ deed: { id }, of });
});

test.each(["sync", "sync ", "synced web", "payments", "back web", ""])("deedIn(%j) is none", (line) => {
  expect(deedIn(line)).toBeUndefined();
});
