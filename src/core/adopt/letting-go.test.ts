import { describe, expect, test } from "bun:test";
import { letsGo } from "./letting-go.ts";

const app = (annotations: Record<string, string> = {}, rest: object = {}) => ({
  apiVersion: "argoproj.io/v1alpha1",
  kind: "Application",
  metadata: { name: "shop", namespace: "argocd", annotations, ...rest },
});
const MARK = "argocd.argoproj.io/skip-reconcile";

describe("letsGo()", () => {
  const stopped = { is: "stopped", what: ["apps/StatefulSet argocd/controller"] } as const,
    running = { is: "running", what: ["apps/StatefulSet argocd/controller"] } as const;

  test("a controller that is stopped has let go of all, a mark of one", () => {
    expect(letsGo(stopped, app()).is).toBe("yes");
    expect(letsGo(running, app({ [MARK]: "true" })).is).toBe("yes");
    expect(letsGo({ is: "not-found" }, app({ [MARK]: "true" })).is).toBe("yes");
  });

  test.each([undefined, "false", "yes", ""])("marked %p it has not", (value) => {
    const annotations: Record<string, string> = value === undefined ? {} : { [MARK]: value };
    expect(letsGo(running, app(annotations)).is).toBe("no");
    expect(letsGo({ is: "not-found" }, app(annotations)).is).toBe("no");
  });

  test("a mark stops no operation that was asked for before it; a controller that is stopped has none", () => {
    const marked = app({ [MARK]: "true" });
    for (const phase of ["Running", "Terminating"])
      expect(letsGo(running, { ...marked, status: { operationState: { phase } } })).toMatchObject({
        is: "no",
        why: expect.stringContaining("an operation of Argo CD's is under way"),
      });
    expect(letsGo(running, { ...marked, operation: { sync: {} } }).is).toBe("no");
    expect(letsGo(running, { ...marked, status: { operationState: { phase: "Succeeded" } } }).is).toBe("yes");
    expect(letsGo(stopped, { ...marked, operation: { sync: {} } }).is).toBe("yes");
  });

  test("what is being deleted is nobody else's, whatever is marked or stopped", () => {
    const going = app({ [MARK]: "true" }, { deletionTimestamp: "2026-11-28T10:00:00Z" });
    expect(letsGo(stopped, going).is).toBe("no");
    expect(letsGo(running, going).is).toBe("no");
  });

  test("how to scale it is said as a command; where only a Pod is left, in words", () => {
    expect(letsGo(running, app())).toMatchObject({
      fix: expect.stringContaining("kubectl scale statefulset/controller -n argocd --replicas=0"),
    });
    expect(letsGo({ is: "running", what: ["Pod argocd/controller-0"] }, app())).toMatchObject({
      fix: expect.stringContaining("scale its application controller to zero"),
    });
  });
});
