/**
 * What every health check of an operator promises. The case is one object that the check is meant for.
 *
 * Run it on your own: HOLDFAST_HEALTH_CHECK=plugins/mine.ts HOLDFAST_HEALTH_CHECK_CASE=my-object.yaml bun test test/fast/health-check-conformance.test.ts
 */

import { describe, expect, test } from "bun:test";
import { UserHealthChecks } from "../../src/checks/health-checks.ts";
import { isHealthStatus } from "../../src/core/health/order.ts";
import type { KubeObject } from "../../src/core/model/kube-object.ts";
import { defined } from "../../src/lib/defined.ts";
import type { HealthCheck } from "../../src/plugin/contract.ts";

/** Objects of the kind in states that a cluster does show: just created, halfway, written by an older controller. */
function states(object: KubeObject): { name: string; object: KubeObject }[] {
  const { status, spec, ...bare } = object;
  const meta: KubeObject = { ...bare, metadata: { name: object.metadata.name } };
  return [
    { name: "as given", object },
    { name: "without a status", object: { ...bare, ...defined({ spec }) } },
    { name: "with an empty status", object: { ...object, status: {} } },
    { name: "with conditions that are empty", object: { ...object, status: { conditions: [] } } },
    { name: "with nothing but its name", object: meta },
  ];
}

function frozen<T>(value: T): T {
  if (typeof value === "object" && value !== null) Object.values(Object.freeze(value)).forEach(frozen);
  return value;
}

export function healthCheckConformance(check: HealthCheck, example: KubeObject): void {
  describe(`the health check ${check.name}`, () => {
    test("is asked about the case's kind", () => {
      const checks = new UserHealthChecks({ command: [], plugins: [check] });
      expect(checks.said(example)?.check).toBe(`plugin ${check.name}`);
    });

    test.each(states(example))("answers with a status and a sentence, or nothing: $name", ({ object }) => {
      const health = check.judge(object);
      if (health === undefined) return;
      expect(isHealthStatus(health.status)).toBe(true);
      expect(typeof health.message).toBe("string");
    });

    test.each(states(example))("answers the same again, and changes nothing: $name", ({ object }) => {
      const untouchable = frozen(structuredClone(object));
      expect(check.judge(untouchable)).toEqual(check.judge(untouchable));
    });
  });
}
