import { describe, expect, test } from "bun:test";
import { causeOf, standingOf, whoOf } from "../../cli/words/deployment-words.ts";
import type { Application, ApplicationStatus, RevisionHistory } from "../../core/model/application.ts";
import { ownerWords } from "../../core/model/drift-change.ts";
import { deploymentsOf, type PlannedObject, planWords, valueWords, withCommits } from "./deployment-words.ts";

describe("deploymentsOf()", () => {
  const [FIRST, SECOND] = ["1".repeat(40), "2".repeat(40)];
  const at = (minute: number) => `2026-03-04T05:0${minute}:00Z`;
  const history: RevisionHistory[] = [
    { id: 0, revision: FIRST, deployedAt: at(0), cause: "automated", initiatedBy: { automated: true } },
    {
      id: 1,
      revision: SECOND,
      deployedAt: at(1),
      deployStartedAt: "2026-03-04T05:00:57Z",
      cause: "manual",
      reason: "as planned",
      initiatedBy: { username: "ana" },
      source: { repoURL: "https://ci:pw@git.example.com/old.git", path: "then", targetRevision: "main" },
    },
    { id: 2, revisions: [FIRST, SECOND], deployedAt: at(2), cause: "rollback to 0" },
  ];
  const hold = (held: Partial<NonNullable<ApplicationStatus["hold"]>>): ApplicationStatus["hold"] => ({
    at: { revision: FIRST },
    deployment: 0,
    by: "ana",
    since: at(2),
    extras: "kept",
    until: "lifted",
    ...held,
  });
  const deployed = (held?: ApplicationStatus["hold"]): Application => {
    return {
      apiVersion: "argoproj.io/v1alpha1",
      kind: "Application",
      metadata: { namespace: "argocd", name: "web" },
      spec: {
        project: "default",
        source: { repoURL: "https://ci:pw@git.example.com/shop.git", path: "web", targetRevision: "main" },
        destination: { server: "https://kubernetes.default.svc", namespace: "shop" },
      },
      status: {
        ...{ sync: { status: "Synced", comparedTo: { destination: {} } }, health: { status: "Healthy" } },
        ...{ history, ...(held === undefined ? {} : { hold: held }) },
      },
    };
  };

  test("tells the newest first, with how it was then", () => {
    const [third, second, first] = deploymentsOf(deployed());
    expect(third).toMatchObject({ id: 2, is: "current", revision: "1111111, 2222222", by: "", took: "" });
    expect(second).toEqual({
      id: 1,
      at: at(1),
      took: "3 s",
      revision: "2222222",
      commits: [SECOND],
      by: "ana",
      cause: "manual: as planned",
      sources: "git.example.com/old · then",
      places: ["git.example.com/old · then"],
      is: undefined,
    });
    expect(first).toMatchObject({ by: "policy", cause: "automated", sources: "git.example.com/shop · web" });
  });

  test("takes who made the commits from the daemon's history by the deployments' ids", () => {
    const about = { is: "version" } as const;
    const [third, second] = withCommits(deploymentsOf(deployed()), [
      { id: 1, commits: [about] },
      { id: 77, commits: [] },
    ]);
    expect(second?.about).toEqual([about]);
    expect(third?.about).toBeUndefined();
  });

  test.each([
    ["nobody", undefined],
    ["a hold that has arrived", hold({ at: { revisions: [FIRST, SECOND] } })],
    ["a hold whose rollback has not ended well", hold({ at: { revision: FIRST } })],
  ])("says the same as app history on the command line, held by %s", (_, held) => {
    const newestFirst = [...history].reverse();
    expect(deploymentsOf(deployed(held)).map(({ by, cause, is }) => ({ by, cause, is }))).toEqual(
      newestFirst.map((entry) => ({
        by: whoOf(entry),
        cause: causeOf(entry),
        is: standingOf(entry, newestFirst, held),
      })),
    );
    const isHeld = deploymentsOf(deployed(held)).find(({ is }) => is === "held")?.id;
    expect(isHeld).toBe(held === undefined ? undefined : held.at.revisions === undefined ? 0 : 2);
  });
});

describe("what a plan is in words", () => {
  const planned = (change: PlannedObject["change"]): PlannedObject => ({
    kind: "ConfigMap",
    namespace: "shop",
    name: "a",
    change,
    fields: [],
  });
  test.each([
    ["nothing differs", [], "kept"],
    ["1 to update, 2 to create", ["change", "create", "create"], "kept"],
    ["1 to prune, which is off", ["prune"], "kept"],
    ["2 to prune, which is off, 1 cannot be compared", ["prune", "prune", "unknown"], "kept"],
    ["2 to delete", ["prune", "prune"], "deleted"],
  ] as const)("%s", (words, changes, extras) => expect(planWords(changes.map(planned), extras)).toBe(words));
  test("values: text as it is, all else as YAML, and what is not there", () => {
    expect([valueWords("a\nb"), valueWords(3), valueWords(undefined), valueWords({ a: [1] })]).toEqual([
      "a\nb",
      "3",
      undefined,
      "a:\n- 1",
    ]);
  });
  test("who set a field, as far as the server wrote it down", () => {
    expect(ownerWords({ manager: "kubectl", operation: "Update", subresource: "scale" })).toBe(
      "kubectl (Update of scale)",
    );
    expect(ownerWords({ manager: "hpa", operation: "Update" })).toBe("hpa (Update)");
    expect(ownerWords({ manager: "somebody" })).toBe("somebody");
  });
});
