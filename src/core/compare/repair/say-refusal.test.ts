import { describe, expect, test } from "bun:test";
import type { KubeObject } from "../../model/kube-object.ts";
import { sayRefusal } from "./say-refusal.ts";
import recorded from "./testdata/immutable.json";

const recordedAs = (name: string) => {
  const found = recorded.find((one) => one.name === name);
  if (found === undefined) throw new Error(`nothing is recorded as ${name}`);
  return found.refusal;
};
const plain = { syncOptions: [] };

describe("sayRefusal()", () => {
  test.each(recorded)("is short and on one line, and names each field once: $name", ({ refusal }) => {
    const said = sayRefusal(refusal, plain, "may-be");
    expect(said).not.toContain("\n");
    expect(said.length).toBeLessThan(900);
    for (const { field } of refusal.causes.slice(0, 5)) expect(said).toContain(field);
  });

  test("of a pod template that cannot be changed leaves out the template, and says what to do", () =>
    expect(sayRefusal(recordedAs("the template of a Job"), plain, "may-be")).toBe(
      "spec.template: field is immutable. spec.template cannot be changed on an object that is there: write it as the cluster has it, set the sync option Force=true on the object to have it deleted and made again, or delete it by hand",
    ));

  test.each([
    ["", "ValidatingAdmissionPolicy 'p' with binding 'b' denied request: evil is forbidden here"],
    ["[]", "Too long: may not be more than 1048576 bytes"],
  ])("of the whole object names no field: %p", (field, message) => {
    const causes = [{ field, reason: "FieldValueInvalid", message }];
    expect(sayRefusal({ status: 422, message: "ConfigMap is invalid", causes }, plain, "may-be")).toBe(
      message,
    );
  });

  test("says what Force=true will do where it is set", () =>
    expect(
      sayRefusal(recordedAs("the template of a Job"), { syncOptions: ["Force=true"] }, "may-be"),
    ).toMatch(/a sync deletes it and makes it again, because of its sync option Force=true$/));

  test("of a kind that is never deleted does not advise it", () => {
    const said = sayRefusal(recordedAs("the storage class of a claim"), plain, "never");
    expect(said).toMatch(/never deleted to be made again/);
    expect(said).not.toContain("Force=true");
  });

  test("of a StatefulSet names the fields that cannot change, and how its Pods are kept", () => {
    const message =
      "Forbidden: updates to statefulset spec for fields other than 'replicas' and 'template' are forbidden";
    const causes = [{ field: "spec", reason: "FieldValueForbidden", message }];
    const refusal = { status: 422, message, causes };
    const metadata = { name: "db", namespace: "shop" };
    const object: KubeObject = { apiVersion: "apps/v1", kind: "StatefulSet", metadata };
    const saidOf = (field: string | undefined): string => {
      const frozen = new Map(field === undefined ? [] : [["spec", [field]] as const]);
      return sayRefusal(refusal, { ...plain, object, frozen }, "may-be");
    };
    const claims = saidOf("spec.volumeClaimTemplates");
    expect(claims).toContain(". spec.volumeClaimTemplates cannot be changed on an object that is there: ");
    expect(claims).toContain("deleted with its Pods and made again");
    expect(claims).toContain("kubectl delete statefulset db --namespace shop --cascade=orphan, and sync");
    expect(claims).toContain("kubectl patch pvc CLAIM --namespace shop");
    expect(saidOf("spec.serviceName")).toContain(". spec.serviceName cannot be changed");
    expect(saidOf("spec.serviceName")).not.toContain("pvc");
    // Where it cannot be told which, the server's own word stays.
    expect(saidOf(undefined)).toContain(". spec cannot be changed");
  });

  test("gives no advice where a value is merely wrong", () =>
    expect(sayRefusal(recordedAs("a Service without names of its ports"), plain, "may-be")).toBe(
      "spec.ports[0].name: Required value; spec.ports[1].name: Required value",
    ));

  test("of another sort stays as it is, for those who read it", () => {
    const message =
      "failed to create typed patch object (a/b; v1, Kind=Pod): .x: field not declared in schema";
    expect(sayRefusal({ status: 500, message, causes: [] }, plain, "may-be")).toBe(message);
    expect(sayRefusal({ status: 403, message: "denied" }, plain, "may-be")).toBe("denied");
  });

  test("of many faults tells five and counts the rest", () => {
    const causes = Array.from({ length: 9 }, (_, at) => ({
      field: `spec.f${at}`,
      reason: "x",
      message: "bad",
    }));
    expect(sayRefusal({ status: 422, message: "all", causes }, plain, "may-be")).toMatch(
      /f4: bad; and 4 more$/,
    );
  });
});
