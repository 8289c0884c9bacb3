import { describe, expect, test } from "bun:test";
import { othersWords, type ShownOthers, setterWords, withOthers } from "./set-by-others.ts";

const AT = "2026-11-30T12:00:00Z";
const shown = (more: Partial<ShownOthers>): ShownOthers => ({
  ...{ objects: 1, fields: 1, by: [{ manager: "kubectl", subresource: "" }], how: "setter", deleted: 0 },
  ...{ rest: "none", at: { is: "set", time: AT } },
  ...more,
});
const two = ["kubectl-edit", "kubectl-patch"].map((manager) => ({ manager, subresource: "" }));

describe("othersWords()", () => {
  test.each<[string, ShownOthers]>([
    [`spec.replicas set by kubectl at ${AT}`, shown({ path: "spec.replicas" })],
    [
      `spec.replicas set by kubectl, seen at ${AT}`,
      shown({ path: "spec.replicas", at: { is: "seen", time: AT } }),
    ],
    [
      `3 fields of 2 objects set by kubectl-edit and kubectl-patch, last at ${AT}; the rest comes from Git`,
      shown({ objects: 2, fields: 3, by: two, rest: "of-git" }),
    ],
    [
      `2 fields of 1 object set in the cluster, written last by kubectl at ${AT}`,
      shown({ fields: 2, how: "last-writer" }),
    ],
    [
      `1 object set in the cluster, seen at ${AT}`,
      shown({ fields: 0, by: [], at: { is: "seen", time: AT } }),
    ],
    [
      `2 deleted in the cluster, seen at ${AT}`,
      shown({ objects: 0, fields: 0, by: [], deleted: 2, at: { is: "seen", time: AT } }),
    ],
    [
      `spec.replicas set by kubectl, seen at ${AT}; 1 deleted in the cluster`,
      shown({ path: "spec.replicas", deleted: 1, at: { is: "seen", time: AT } }),
    ],
  ])("%s", (words, of) => {
    expect(othersWords(of)).toBe(words);
  });

  test("shows no more of a path than fits, and nothing that steers what shows it", () => {
    const words = othersWords(shown({ path: `data["\u202e\u001b[31m${"x".repeat(5_000)}"]` }));
    expect(words).not.toMatch(/[\u202e\u001b]/);
    expect(words.length).toBeLessThan(160);
  });

  test("follows what a sync would do, where that is something", () => {
    expect(withOthers("1 to update", shown({ path: "spec.replicas" }))).toBe(
      `1 to update: spec.replicas set by kubectl at ${AT}`,
    );
    expect(withOthers("1 to update", undefined)).toBe("1 to update");
    expect(withOthers("", shown({}))).toBe("");
  });
});

describe("setterWords()", () => {
  test.each([
    ["kubectl-client-side-apply", "", "kubectl-client-side-apply"],
    ["kube-controller-manager", "scale", "autoscaling (kube-controller-manager)"],
    ["kube-controller-manager", "", "a controller (kube-controller-manager)"],
    ["holdfast-action", "", "an action of Holdfast"],
    ["holdfast-undo", "", "an undo of Holdfast"],
    ["holdfast", "", "somebody under the name holdfast"],
    ["", "", "somebody"],
    ["an action of Holdfast", "", "an�action�of�Holdfast"],
    ["Ann; the rest comes from Git", "", "Ann��the�rest�comes�from�Git"],
    ["Pod a container b waits: Error", "", "Pod�a�container�b�waits:�Error"],
    ["\u001b[31m\u202eevil\n", "", "��31m�evil�"],
    ["k".repeat(128), "", `${"k".repeat(39)}…`],
  ])("of %j (%s) is %s", (manager, subresource, words) => {
    expect(setterWords({ manager, subresource })).toBe(words);
  });
});
