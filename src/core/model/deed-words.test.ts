import { expect, test } from "bun:test";
import { deedWords, outcomeWord, requestedWords } from "./deed-words.ts";

const SKIPPED = { "argocd.argoproj.io/skip-reconcile": "true" };
/** @param also what differs beside the policy */
function update(also: object, was: unknown, is: unknown): Parameters<typeof deedWords>[0] {
  const spec = (syncPolicy: unknown, more: object): object => ({
    metadata: {},
    spec: { project: "default", ...more, ...(syncPolicy === undefined ? {} : { syncPolicy }) },
  });
  return { action: "update", before: spec(was, {}), after: spec(is, also) };
}
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
  ["held", { action: "hold", details: { deployment: 3 } }],
  ["hold lifted", { action: "unhold" }],
  [
    "auto-sync paused",
    update({}, { automated: { prune: true } }, { automated: { enabled: false, prune: true } }),
  ],
  ["auto-sync paused", update({}, { automated: {}, retry: {} }, { retry: {} })],
  ["auto-sync resumed", update({}, { automated: { enabled: false } }, { automated: {} })],
  ["auto-sync resumed", update({}, undefined, { automated: {} })],
  // What is large is kept as far as it differs.
  [
    "auto-sync paused",
    {
      action: "update",
      before: { spec: { syncPolicy: { automated: {} } } },
      after: { spec: { syncPolicy: {} } },
    },
  ],
  ["paused", { action: "update", before: { metadata: {} }, after: { metadata: { annotations: SKIPPED } } }],
  ["resumed", { action: "update", before: { metadata: { annotations: SKIPPED } }, after: { metadata: {} } }],
  // Who changed more than that did more than that.
  ["update", update({ project: "other" }, { automated: {} }, {})],
  ["update", update({}, { automated: {} }, { automated: { prune: true } })],
  ["update", { action: "update" }],
  ["update", { action: "update", before: "…", after: { spec: { syncPolicy: 7 } } }],
  [
    "update",
    { action: "update", before: { spec: { syncPolicy: { automated: "on" } } }, after: { spec: {} } },
  ],
  // What somebody else wrote there is no number.
  ["sync", { action: "sync", details: { rollback: "<b>", dryRun: "yes" } }],
];

for (const [words, entry] of cases)
  test(`${JSON.stringify(entry)} is called ${words}`, () => expect(deedWords(entry)).toBe(words));

test.each([
  ["sync", "done", "asked for"],
  ["delete", "done", "asked for"],
  ["terminate", "done", "asked for"],
  ["sync", "refused", "refused"],
  ["sync", "failed", "failed"],
  ["deleted", "done", "done"],
  ["hold", "done", "done"],
])("%s that is %s came to: %s", (action, is, word) =>
  expect(outcomeWord({ action, outcome: { is } })).toBe(word),
);

test("an entry that tells no outcome is done", () => expect(outcomeWord({ action: "update" })).toBe("done"));

test.each([
  ["PATCH /api/v1/applications/web", "application web"],
  ["DELETE /api/v1/applications/web/resource", "application web"],
  ["POST /api/holdfast/v1/applications/argocd/web/undo", "application argocd/web"],
  ["PUT /api/v1/projects/plat%66orm?x=1", "project platform"],
  [
    "PUT /api/v1/repositories/https%3A%2F%2Fgit.example.com%2Fshop.git",
    "repository https://git.example.com/shop.git",
  ],
  ["POST /api/v1/session", ""],
  ["POST /api/v1/applications", ""],
  ["PATCH /api/v1/constructor/web", ""],
  ["PATCH /api/v1/applications/%ff", ""],
])("%s was about %p", (on, words) => expect(requestedWords({ on })).toBe(words));

test("a request that tells no address was about nothing", () => expect(requestedWords()).toBe(""));
