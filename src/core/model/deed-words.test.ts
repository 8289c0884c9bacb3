import { expect, test } from "bun:test";
import { deedWords } from "./deed-words.ts";

const cases: [words: string, entry: Parameters<typeof deedWords>[0]][] = [
  ["sync", { action: "sync", details: { prune: true } }],
  ["sync", { action: "sync" }],
  ["dry run", { action: "sync", details: { dryRun: true } }],
  ["rollback to 0", { action: "sync", details: { rollback: 0 } }],
  ["dry run of rollback to 3", { action: "sync", details: { rollback: 3, dryRun: true } }],
  ["undo", { action: "sync", details: { undo: [4] } }],
  ["set deleted", { action: "applicationset-delete" }],
  ["project delete", { action: "project-delete", details: {} }],
  ["set applied", { action: "applicationset-applied", details: { created: 0, changed: 0, deleted: 0 } }],
  [
    "set applied: 3 created, 1 deleted",
    { action: "applicationset-applied", details: { created: 3, changed: 0, deleted: 1 } },
  ],
  [
    "DELETE applicationsets/tenants",
    { action: "request", details: { on: "DELETE /api/v1/applicationsets/tenants" } },
  ],
  ["POST clusters/test", { action: "request", details: { on: "POST /api/holdfast/v1/clusters/test" } }],
  ["request", { action: "request" }],
  // What somebody else wrote there is no number.
  ["sync", { action: "sync", details: { rollback: "<b>", dryRun: "yes" } }],
];

for (const [words, entry] of cases)
  test(`${JSON.stringify(entry)} is called ${words}`, () => expect(deedWords(entry)).toBe(words));
