import { describe, expect, test } from "bun:test";
import { app } from "../../../test/lib/worded-app.ts";
import type { Application } from "../../core/model/application.ts";
import { LISTED_COLUMNS, listedFrom, listedTexts } from "../../core/model/listed-application.ts";
import { sentences, unplacedPod } from "./app-words.ts";
import { lookOf } from "./states.ts";

describe("sentences()", () => {
  test("says the errors first, then warnings, then what moves, and nothing twice", () => {
    const one = app({
      health: "Progressing",
      message: "1 of 3 ready",
      phase: "Running",
      words: "waiting for wave 5",
      condition: { type: "ManifestWarning", message: "dropped" },
    });
    expect(sentences(one).map(({ lead, text }) => `${lead}: ${text}`)).toEqual([
      "Manifests: dropped",
      "Progressing: 1 of 3 ready",
      "Sync running: waiting for wave 5",
    ]);
    const failed = app({
      phase: "Failed",
      words: "refused",
      condition: { type: "ComparisonError", message: "refused" },
    });
    expect(sentences(failed).map(({ lead }) => lead)).toEqual(["Cannot be compared"]);
  });
  test.each([
    ["It goes on by: holdfast app unhold argocd/web", "at 1111111 by ann"],
    [
      "It goes on at the next commit that changes it, or by: holdfast app unhold argocd/web",
      "at 1111111 by ann. It goes on at the next commit that changes it",
    ],
  ])("says of a hold what the button beside it does not: %s", (goesOn, text) => {
    const message = `held at 1111111 by ann. ${goesOn}`;
    const status = {
      ...{ sync: { status: "Synced" }, health: { status: "Healthy" } },
      conditions: [{ type: "HeldWarning", message }],
    };
    expect(sentences({ ...app({}), status } as unknown as Application)).toEqual([
      { lead: "Held", text, tone: "paused" },
    ]);
  });

  test("says a sentence once, whatever says it", () => {
    const away = "cluster in-cluster: cannot compare with it: no answer within 5 s";
    const lost = app({
      sync: "Unknown",
      health: "Unknown",
      message: away,
      condition: { type: "ComparisonError", message: away },
    });
    expect(sentences(lost).map(({ lead }) => lead)).toEqual(["Cannot be compared"]);
  });
  test("says once that a person ended its sync", () => {
    const message = "terminated by user:ann at 2026-03-04T05:06:07Z: the sync to 9f2e1aa. It goes on by: x";
    const one = app({
      sync: "OutOfSync",
      phase: "Failed",
      words: "operation terminated by user:ann",
      condition: { type: "TerminatedWarning", message },
    });
    one.status!.terminated = { revisions: [], by: "user:ann", at: "2026-03-04T05:06:07Z" };
    one.status!.operationState!.terminatedBy = "user:ann";
    const said = sentences(one).map(({ lead, text }) => `${lead}: ${text}`);
    expect(said).toEqual([`Terminated: ${message.replace("terminated ", "")}`]);
    // Of what is not automated nothing else says it.
    const { terminated: _, conditions: __, ...status } = one.status!;
    expect(sentences({ ...one, status }).map(({ text }) => text)).toEqual([
      "operation terminated by user:ann",
    ]);
  });
  test("says what a sync would do", () => {
    const behind = app({ sync: "OutOfSync", health: "Missing", message: "None of its 2 objects exists" });
    const one = { version: "v1", kind: "Service", name: "a", status: "OutOfSync" as const };
    behind.status!.resources = [
      one,
      { ...one, health: { status: "Missing" } },
      { ...one, leavingSince: "2026-03-04T05:06:07Z" },
      { ...one, requiresPruning: true },
      { ...one, status: "Synced" },
    ];
    expect(sentences(behind).map(({ lead, text }) => `${lead}: ${text}`)).toEqual([
      "OutOfSync: 1 to update, 2 to create, 1 to prune, which is off",
      "Missing: None of its 2 objects exists",
    ]);
    behind.spec.syncPolicy = { automated: { prune: true } };
    expect(sentences(behind)[0]?.text).toBe("1 to update, 2 to create, 1 to prune");
    // Automated sync that is switched off prunes nothing either.
    behind.spec.syncPolicy = { automated: { prune: true, enabled: false } };
    expect(sentences(behind)[0]?.text).toEndWith("1 to prune, which is off");
  });
  test("says what others in the cluster set, in a row of the list too", () => {
    const one = app({ sync: "OutOfSync" });
    one.status!.resources = [{ version: "v1", kind: "Service", name: "a", status: "OutOfSync" }];
    one.status!.others = {
      ...{ objects: 1, fields: 1, path: "spec.replicas", by: [{ manager: "kubectl", subresource: "" }] },
      ...{ how: "setter", deleted: 0, rest: "none", at: { is: "set", time: "2026-11-30T12:00:00Z" } },
    };
    const words = "1 to update: spec.replicas set by kubectl at 2026-11-30T12:00:00Z";
    expect(sentences(one)[0]?.text).toBe(words);
    const texts = listedTexts(one).map((text): unknown => JSON.parse(text));
    const listed = listedFrom(Object.fromEntries(LISTED_COLUMNS.map((name, at) => [name, texts[at]])));
    expect(sentences(listed)[0]?.text).toBe(words);
    // What is as Git wants it again says nothing of it, whatever is left of it in a status.
    one.status!.sync.status = "Synced";
    expect(sentences(one)).toEqual([]);
  });
  test("says once what its sync waits for and its health says too", () => {
    const cause = "Pod web-x is on no node: 0/1 nodes are available. 0 of 1 replicas";
    const waiting = (object: string) =>
      app({
        health: "Progressing",
        message: `apps/Deployment shop/web: ${cause}`,
        phase: "Running",
        words: `waiting for healthy state of apps/Deployment shop/${object} (${cause}) since 2026-11-23T04:00:00Z`,
      });
    expect(sentences(waiting("web")).map(({ lead }) => lead)).toEqual(["Sync running"]);
    expect(unplacedPod(sentences(waiting("web"))[0]?.text ?? "")).toEqual({
      namespace: "shop",
      name: "web-x",
    });
    // Of another object it is another cause.
    expect(sentences(waiting("api")).map(({ lead }) => lead)).toEqual(["Progressing", "Sync running"]);
  });
  test("says how a sync stands before what it brings", () => {
    const one = app({
      sync: "OutOfSync",
      phase: "Running",
      words: "waiting for completion of hook batch/Job a/b",
    });
    one.status!.resources = [{ version: "v1", kind: "Service", name: "a", status: "OutOfSync" }];
    expect(sentences(one).map(({ lead, text }) => `${lead}: ${text}`)).toEqual([
      "Sync running: waiting for completion of hook batch/Job a/b",
      "OutOfSync: 1 to update",
    ]);
  });
  test.each(["Progressing", "Degraded", "Missing", "Suspended", "Unknown"] as const)(
    "what begins with a state has that state's tone, also while a sync goes on: %s",
    (health) => {
      const one = app({
        sync: "OutOfSync",
        health,
        message: "why",
        phase: "Running",
        words: "waiting for it",
      });
      one.status!.resources = [{ version: "v1", kind: "Service", name: "a", status: "OutOfSync" }];
      const tones = sentences(one).flatMap(({ lead, tone }) =>
        lead === "Sync running" ? [] : [[lead, tone] as const],
      );
      expect(tones.toSorted()).toEqual(
        ["OutOfSync", health].map((word) => [word, lookOf(word).tone] as const).toSorted(),
      );
    },
  );
  test.each([
    [
      "The last sync to 9f2e1aa failed: quota exceeded. It is tried again soon.",
      "quota exceeded. It is tried again soon.",
    ],
    ["The last sync to 9f2e1aa, 1.2.0 failed: no: failed: again", "no: failed: again"],
    ["Failed last sync attempt", "Failed last sync attempt"],
  ])("says why a sync failed in the first words: %s", (message, text) =>
    expect(sentences(app({ condition: { type: "SyncError", message } }))).toEqual([
      { lead: "Not synced", text, tone: "bad" },
    ]),
  );
  test("says nothing where all is well", () =>
    expect(sentences(app({ phase: "Succeeded", words: "successfully synced" }))).toEqual([]));
});
