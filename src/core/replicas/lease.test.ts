import { describe, expect, test } from "bun:test";
import type { KubeObject } from "../model/kube-object.ts";
import { HANDED_OVER, handedOverLease, heldLease, newLease, seenLease } from "./lease.ts";

const object = (spec: unknown, metadata: object = {}): KubeObject => ({
  apiVersion: "coordination.k8s.io/v1",
  kind: "Lease",
  metadata: { name: "holdfast", namespace: "ops", uid: "u1", resourceVersion: "5", ...metadata },
  spec,
});
const words = {
  holder: "us",
  epoch: 8,
  durationMs: 4_000,
  acquiredAt: "2026-11-30T10:00:00.001Z",
  renewedAt: "2026-11-30T10:00:01.002Z",
};

describe("seenLease()", () => {
  const nonsense: { name: string; spec: unknown; epoch?: number; durationMs?: number }[] = [
    { name: "nothing", spec: undefined },
    { name: "a text", spec: "held" },
    { name: "a holder that is no text", spec: { holderIdentity: 5 } },
    { name: "an epoch below 0", spec: { leaseTransitions: -1 } },
    { name: "a part of an epoch", spec: { leaseTransitions: 1.5 } },
    { name: "an epoch that no server takes", spec: { leaseTransitions: 2 ** 31 } },
    { name: "no duration", spec: { leaseDurationSeconds: null } },
    { name: "a duration that is no number", spec: { leaseDurationSeconds: Number.NaN } },
  ];
  test.each(nonsense)("reads $name as nobody's, of no epoch", ({ spec }) => {
    expect(seenLease(object(spec), "holdfast")).toMatchObject({
      ...{ holding: { is: "emptied" }, epoch: 0, durationMs: 0, renewal: "" },
    });
  });

  test("is none of another name or kind, or without uid or version", () => {
    expect(seenLease(object({}), "other")).toBeUndefined();
    expect(seenLease({ ...object({}), kind: "Status" }, "holdfast")).toBeUndefined();
    expect(seenLease(object({}, { uid: undefined }), "holdfast")).toBeUndefined();
    expect(seenLease(object({}, { resourceVersion: "" }), "holdfast")).toBeUndefined();
  });
});

test("how its holder is reached is the holder's alone: as it says it now, and gone when it lets go", () => {
  const reach = { address: "https://10.1.2.3:8080", certificate: "-----BEGIN CERTIFICATE-----" };
  const first = seenLease(object({}, { annotations: { note: "ours" } }), "holdfast");
  if (first === undefined) throw new Error("no Lease");
  const seen = seenLease(heldLease(first, { ...words, reach }), "holdfast");
  if (seen === undefined) throw new Error("no Lease");
  expect(seen).toMatchObject(reach);
  const plain = { address: "http://10.1.2.4:8080", certificate: undefined };
  expect(seenLease(heldLease(seen, { ...words, reach: plain }), "holdfast")).toMatchObject(plain);
  for (const next of [heldLease(seen, words), handedOverLease(seen, words)]) {
    const nobodys = { address: undefined, certificate: undefined };
    expect(seenLease(next, "holdfast")).toMatchObject(nobodys);
    expect(next.metadata.annotations).toMatchObject({ note: "ours" });
  }
});

test("what is written is read as it was meant, and what others wrote beside it stays", () => {
  const made = newLease({ namespace: "ops", name: "holdfast" }, words);
  expect(made["spec"]).toEqual({
    holderIdentity: "us",
    leaseDurationSeconds: 4,
    leaseTransitions: 8,
    acquireTime: "2026-11-30T10:00:00.001000Z",
    renewTime: "2026-11-30T10:00:01.002000Z",
  });
  const beside = { labels: { team: "ops" }, annotations: { note: "ours" }, managedFields: [] };
  const before = seenLease(object({ strategy: "OldestEmulationVersion" }, beside), "holdfast");
  if (before === undefined) throw new Error("no Lease");
  const gone = handedOverLease(before, words);
  expect(seenLease(gone, "holdfast")).toMatchObject({ holding: { is: "handed-over" }, epoch: 8 });
  expect(gone.metadata.annotations).toEqual({ note: "ours", [HANDED_OVER]: "8" });
  const again = heldLease({ ...before, object: gone }, { ...words, epoch: 9 });
  expect(again.metadata).toEqual({
    ...{ name: "holdfast", namespace: "ops", uid: "u1", resourceVersion: "5" },
    ...{ labels: { team: "ops" }, annotations: { note: "ours" } },
  });
  expect(again["spec"]).not.toHaveProperty("strategy");
  expect(seenLease(again, "holdfast")).toMatchObject({ holding: { is: "held", by: "us" }, epoch: 9 });
});
