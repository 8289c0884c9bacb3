import { describe, expect, test } from "bun:test";
import type { Application } from "../../core/model/application.ts";
import { suspendedHookWords } from "../../core/model/suspended-hook.ts";
import { nextOf } from "./app-why.ts";

const of = (status: object): Application =>
  ({
    metadata: { namespace: "argocd", name: "web" },
    spec: { project: "default", destination: {} },
    status: { sync: { status: "OutOfSync" }, health: { status: "Healthy" }, ...status },
  }) as unknown as Application;

const NOW = Date.parse("2026-11-30T00:05:00Z");

describe("nextOf()", () => {
  const waiting = (why: string) =>
    of({
      operationState: {
        phase: "Running",
        operation: { sync: {} },
        message: `waiting for completion of hook Job shop/approve since 2026-11-30T00:00:00Z${why}`,
      },
    });

  test("of a suspended hook is what lifts it, for a wait would never end", () => {
    expect(nextOf(waiting(` (${suspendedHookWords({ kind: "Job" })})`), NOW)).toBe(
      "holdfast app actions run argocd/web resume --kind Job --resource-name approve",
    );
    expect(nextOf(waiting(""), NOW)).toBe("holdfast app wait argocd/web");
  });

  test("of what waits for too long is no wait", () => {
    const late = Date.parse("2026-11-30T00:10:01Z");
    expect(nextOf(waiting(""), late)).toBe("holdfast app get argocd/web --show-operation");
    const health = { status: "Progressing", lastTransitionTime: "2026-11-30T00:00:00Z" };
    const slow = of({ sync: { status: "Synced" }, health });
    expect([nextOf(slow, NOW), nextOf(slow, late)]).toEqual([
      "holdfast app wait argocd/web --health",
      "holdfast app tree argocd/web",
    ]);
  });

  test("of what is written wrong is where that is mended", () => {
    const message =
      "api: cannot render: x has no such folder at 957ec63. Correct the source's path, or its revision";
    expect(nextOf(of({ conditions: [{ type: "ComparisonError", message }] }), NOW)).toBe(
      "holdfast app set argocd/web --path FOLDER",
    );
    const refused =
      "nothing was written, because the API server refuses Service a/b (shop/web.yaml:30): spec.ports[0].port: 80800";
    const run = { operation: {}, message: refused };
    expect(nextOf(of({ operationState: { ...run, phase: "Failed" } }), NOW)).toBe(
      "edit shop/web.yaml, line 30, and commit it",
    );
    expect(nextOf(of({ operationState: { ...run, phase: "Succeeded" } }), NOW)).toBe(
      "holdfast app diff argocd/web",
    );
  });

  test.each([
    ["Pod stock-6f is on no node: 0/1 nodes are available", "holdfast app events argocd/web"],
    [
      "Pod stock-6f container app waits: CrashLoopBackOff: back-off 40s",
      "holdfast app logs argocd/web stock-6f --tail 50",
    ],
    ["Pod stock-6f init container app waits: ImagePullBackOff: back-off", "holdfast app events argocd/web"],
    ["Pod stock-6f container app waits: ContainerCreating", "holdfast app wait argocd/web"],
    ["1 of 3 replicas are available", "holdfast app wait argocd/web"],
  ])("of a sync that waits, or a health, (%s) is %s", (why, next) => {
    expect(nextOf(waiting(` (${why})`), NOW)).toBe(next);
    const resources = [
      { kind: "Deployment", name: "stock", health: { status: "Progressing", message: why } },
    ];
    const progressing = of({ sync: { status: "Synced" }, health: { status: "Progressing" }, resources });
    expect(nextOf(progressing, NOW)).toBe(next.endsWith("wait argocd/web") ? `${next} --health` : next);
  });

  test("of one that a Pod spoils is that Pod's log", () => {
    const health = {
      status: "Degraded",
      message: "apps/Deployment mail/mailer: Pod mailer-5d4-x2 container mailer waits: CrashLoopBackOff",
    };
    expect(nextOf(of({ sync: { status: "Synced" }, health }), NOW)).toBe(
      "holdfast app logs argocd/web mailer-5d4-x2 --tail 50",
    );
    expect(
      nextOf(of({ sync: { status: "Synced" }, health: { status: "Degraded", message: "broken" } }), NOW),
    ).toBe("holdfast app logs argocd/web --tail 50");
  });

  test("of a sync that a hook ended is the log of its Pod", () => {
    const failed = (message: string) => of({ operationState: { phase: "Failed", operation: {}, message } });
    expect(
      nextOf(
        failed(
          "the hook batch/Job shop/migrate failed: Job has failed; Pod migrate-x2 container migrate ended with exit code 1",
        ),
        NOW,
      ),
    ).toBe("holdfast app logs argocd/web migrate-x2 --tail 50");
    expect(nextOf(failed("one or more objects failed to apply"), NOW)).toBe(
      "holdfast app get argocd/web --show-operation",
    );
  });
});
