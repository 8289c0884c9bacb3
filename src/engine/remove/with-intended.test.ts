import { expect, test } from "bun:test";
import { liveObject } from "../../../test/lib/core-objects.ts";
import type { ObjectRecord } from "../../core/model/comparison.ts";
import { withIntended } from "./with-intended.ts";

const us = { app: "shop", installationId: undefined };
const live = liveObject({}, { uid: "u1" });
const uidIn = (records: ObjectRecord[], object = live): string | undefined =>
  withIntended(new Map(records.map((record) => [record.key, record])), [object], us).get(live.key)?.uid;

test("what was intended and bears our mark is ours, with the uid that it has", () => {
  expect(uidIn([{ key: live.key, uid: "" }])).toBe("u1");
});

test("what nobody intended, is another object by now, or bears another's mark is not", () => {
  expect(uidIn([])).toBeUndefined();
  expect(uidIn([{ key: live.key, uid: "u0" }])).toBe("u0");
  const theirs = liveObject({}, { uid: "u1", tracking: { app: "other", ref: live.ref } });
  expect(uidIn([{ key: live.key, uid: "" }], theirs)).toBe("");
});
