import { describe, expect, test } from "bun:test";
import { type AppKey, type ApplicationStatus, appKey } from "../../core/model/application.ts";
import type { JsonPatchOp } from "../../core/model/json-patch.ts";
import type { KubeObject } from "../../core/model/kube-object.ts";
import type { WriteOutcome } from "../../core/ports/cluster-objects.ts";
import { applyJsonPatch } from "../../lib/json-patch.ts";
import { isNews } from "./is-news.ts";
import { StatusWriter } from "./status-writer.ts";
import { writeBackPatch } from "./write-back.ts";

const KEY: AppKey = appKey("argocd", "shop");
const PAUSES = { togetherMs: 5, detailsMs: 60_000, again: { firstMs: 5, mostMs: 20 } };

function status(more: Partial<ApplicationStatus> = {}): ApplicationStatus {
  return {
    sync: { status: "Synced", comparedTo: { destination: {} } },
    health: { status: "Healthy" },
    ...more,
  };
}

/** A server that keeps what `keeps` lets through. */
function stand(keeps: (object: KubeObject) => KubeObject = (object) => object, pauses = PAUSES) {
  let object: KubeObject | undefined = {
    apiVersion: "argoproj.io/v1alpha1",
    kind: "Application",
    metadata: { name: "shop", namespace: "argocd", uid: "u1", resourceVersion: "1" },
  };
  const sent: (readonly JsonPatchOp[])[] = [];
  const answers: WriteOutcome[] = [];
  const said: string[] = [];
  const writer = new StatusWriter<AppKey, ApplicationStatus>({
    what: "an application",
    isNews,
    steps: writeBackPatch,
    known: () => object,
    finish: (_, one) => one,
    async patch(known, steps) {
      sent.push(steps);
      const refused = answers.shift();
      if (refused !== undefined) return refused;
      const now = keeps(applyJsonPatch(structuredClone(known), steps as never) as KubeObject);
      object = now;
      return { is: "done", object: now, live: undefined as never, warnings: [] };
    },
    log: { warn: (text: string) => said.push(text) } as never,
    pauses,
  });
  return {
    writer,
    sent,
    answers,
    said,
    get object() {
      return object as KubeObject;
    },
    set object(next: KubeObject) {
      object = next;
    },
    lose() {
      object = undefined;
    },
    async calm() {
      let before = -1;
      while (before !== sent.length) {
        before = sent.length;
        await Bun.sleep(60);
      }
    },
  };
}

describe("StatusWriter", () => {
  test("writes many changes in one request, and the same again not at all", async () => {
    const on = stand();
    on.writer.show(KEY, status({ health: { status: "Missing" } }));
    on.writer.show(KEY, status({ health: { status: "Progressing" } }));
    on.writer.show(KEY, status());
    await on.calm();
    on.writer.show(KEY, status());
    await on.calm();
    expect(on.sent).toHaveLength(1);
    expect(on.object["status"]).toEqual(status());
  });

  test("writes nothing again that the server's definition drops", async () => {
    const on = stand(
      (object) => {
        const { undo: _, ...kept } = object["status"] as ApplicationStatus;
        return { ...object, status: kept };
      },
      { ...PAUSES, detailsMs: 0 },
    );
    const undo = { objects: 1, run: 1, at: "2026-01-01T00:00:00Z", until: "2026-01-02T00:00:00Z" };
    for (let times = 0; times < 3; times++) {
      on.writer.show(KEY, status({ undo }));
      await on.calm();
    }
    expect(on.sent).toHaveLength(1);
  });

  test("how far an operation is waits; that it ended does not", async () => {
    const on = stand();
    const state = (message: string, more: object = {}) =>
      status({
        operationState: {
          operation: {},
          phase: "Running",
          startedAt: "2026-01-01T00:00:00Z",
          message,
          ...more,
        },
      });
    on.writer.show(KEY, state("0 of 9"));
    await on.calm();
    for (let done = 1; done < 9; done++) on.writer.show(KEY, state(`${done} of 9`));
    await on.calm();
    expect(on.sent).toHaveLength(1);
    on.writer.show(KEY, state("done", { phase: "Succeeded", finishedAt: "2026-01-01T00:00:01Z" }));
    await on.calm();
    expect(on.sent).toHaveLength(2);
  });

  test("puts what somebody else wrote over it right with the next look, and does not fight in between", async () => {
    const on = stand();
    on.writer.show(KEY, status());
    await on.calm();
    on.object = { ...on.object, status: status({ health: { status: "Degraded" } }) };
    await on.calm();
    expect(on.sent).toHaveLength(1);
    on.writer.show(KEY, status({ health: { status: "Progressing" } }));
    await on.calm();
    expect(on.object["status"]).toEqual(status({ health: { status: "Progressing" } }));
  });

  test("tries again what was refused, with what came since, and says it once", async () => {
    const on = stand();
    const refused: WriteOutcome = {
      is: "refused",
      status: 422,
      reason: "Invalid",
      message: "no",
      causes: [],
    };
    on.answers.push(refused, { is: "unreachable", why: "gone" }, refused, refused);
    on.writer.show(KEY, status({ health: { status: "Missing" } }));
    on.writer.took(KEY, { sync: {} });
    await Bun.sleep(8);
    on.writer.show(KEY, status());
    await on.calm();
    expect(on.object["status"]).toEqual(status());
    expect(on.sent).toHaveLength(5);
    expect(on.said).toHaveLength(1);
  });

  test("takes an operation out in the request that shows how it began", async () => {
    const on = stand();
    on.object = { ...on.object, operation: { sync: {} } };
    const operationState = {
      operation: { sync: {} },
      phase: "Running",
      startedAt: "2026-01-01T00:00:00Z",
      message: "",
    } as const;
    on.writer.took(KEY, { sync: {} });
    on.writer.show(KEY, status({ operationState }));
    await on.calm();
    expect(on.sent).toHaveLength(1);
    expect([on.object["operation"], (on.object["status"] as ApplicationStatus).operationState]).toEqual([
      undefined,
      operationState,
    ]);
  });

  test("a stop writes what is due, and nothing is written after it", async () => {
    const on = stand();
    on.writer.show(KEY, status());
    await on.writer.stop();
    expect(on.object["status"]).toEqual(status());
    on.writer.show(KEY, status({ health: { status: "Degraded" } }));
    await on.calm();
    expect(on.sent).toHaveLength(1);
  });

  test("one that is gone is written to no more", async () => {
    const on = stand();
    on.writer.show(KEY, status());
    on.lose();
    await on.calm();
    expect(on.sent).toHaveLength(0);
  });
});
