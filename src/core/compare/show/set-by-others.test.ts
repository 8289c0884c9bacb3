import { expect, test } from "bun:test";
import type { ObjectRecord } from "../../model/comparison.ts";
import type { LiveObject } from "../../model/live-object.ts";
import { mayBeSetByOthers } from "./set-by-others.ts";

const OURS = { apiVersion: "v1", time: "2026-11-30T10:00:00Z", fieldsHash: "ours" };
const applied = { desiredHash: "h", own: OURS, resourceVersion: "100", generation: 1 };
const RECORD = { key: "/ConfigMap/a/it", uid: "1", applied } as unknown as ObjectRecord;
const seen = (more: Partial<LiveObject>): LiveObject =>
  ({ uid: "1", resourceVersion: "101", own: { ...OURS, fieldsHash: "less" }, ...more }) as LiveObject;

test.each<[string, LiveObject, ObjectRecord | undefined, boolean]>([
  ["what lost a field of ours since", seen({}), RECORD, true],
  ["what is as we left it", seen({ own: OURS as LiveObject["own"] }), RECORD, false],
  ["what was seen before we wrote it", seen({ resourceVersion: "99" }), RECORD, false],
  ["another object of that name", seen({ uid: "2" }), RECORD, false],
  ["what we never applied", seen({}), undefined, false],
])("mayBeSetByOthers() of %s", (_, live, record, want) => {
  expect(mayBeSetByOthers(live, record)).toBe(want);
});
