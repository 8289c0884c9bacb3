import { expect, test } from "bun:test";
import type { LiveObject } from "../../core/model/live-object.ts";
import { waitsForSomebody } from "../../core/model/suspended-hook.ts";
import { hookTrouble } from "./hook-trouble.ts";

const job = (conditions: object[]): LiveObject =>
  ({
    uid: "1",
    object: {
      ...{ apiVersion: "batch/v1", kind: "Job", metadata: { namespace: "shop", name: "migrate" } },
      ...{ spec: { suspend: conditions.length > 0 }, status: { conditions } },
    },
  }) as unknown as LiveObject;
const none = { childrenOf: () => [] };

test("a hook that is suspended says what lifts it, and its sync waits for somebody", () => {
  const found = hookTrouble(job([{ type: "Suspended", status: "True" }]), none);
  expect(found).toEqual({
    is: "suspended",
    text: "it is suspended: it goes on once its spec.suspend is false, or terminate the sync",
  });
  const since = "waiting for completion of hook Job shop/migrate since 2026-11-30T00:00:00Z";
  expect(waitsForSomebody(`${since} (${found?.text})`)).toBe(true);
  expect(waitsForSomebody(since)).toBe(false);
  expect(hookTrouble(job([]), none)).toBeUndefined();
});

test("a hook whose Pod has no node says why, and counts as none that cannot start", () => {
  const pod = (status: object): LiveObject =>
    ({
      uid: "2",
      object: {
        ...{ apiVersion: "v1", kind: "Pod", status },
        metadata: {
          ...{ namespace: "shop", name: "migrate-x2" },
          ownerReferences: [{ apiVersion: "batch/v1", kind: "Job", name: "migrate", uid: "1" }],
        },
      },
    }) as unknown as LiveObject;
  const unplaced = { type: "PodScheduled", status: "False", message: "0/1 nodes are available." };
  const trouble = (status: object) => hookTrouble(job([]), { childrenOf: () => [pod(status)] });
  expect(trouble({ phase: "Pending", conditions: [unplaced] })).toEqual({
    is: "no-node",
    text: "Pod migrate-x2 is on no node: 0/1 nodes are available.",
  });
  expect(trouble({ phase: "Pending", conditions: [{ ...unplaced, status: "True" }] })).toBeUndefined();
});
