import { describe, expect, test } from "bun:test";
import { immutableFields, wordsWithoutValue } from "./immutable-fields.ts";
import recorded from "./testdata/immutable.json";

/** Of the recorded refusals, those that name no immutable field: the rest do, whatever stands beside it. */
const MERELY_INVALID = new Set([
  "a Deployment's strategy Recreate with rollingUpdate",
  "a Deployment with an invalid name of a port",
  "hostNetwork with another hostPort",
  "two handlers of a probe",
  "a StatefulSet's wrong update strategy",
  "the IP family of a Service",
  "a Service without names of its ports",
  "a binding to nonsense",
  "a budget with both bounds",
  "a limit of a custom resource",
  "an autoscaler whose bounds are crossed",
]);

describe("immutableFields()", () => {
  test.each(recorded)("reads what a real API server says of $name", ({ name, refusal }) => {
    const fields = immutableFields(refusal);
    expect(fields.length > 0).toBe(!MERELY_INVALID.has(name));
    for (const { field, why } of fields) {
      expect(refusal.causes.map((cause) => cause.field)).toContain(field);
      expect(why).not.toContain("\n");
      expect(why.length).toBeLessThan(320);
    }
  });

  const refusal = (message: string, status = 422) => ({
    status,
    message: `Thing "x" is invalid: spec.a: ${message}`,
    causes: [{ field: "spec.a", reason: "FieldValueInvalid", message }],
  });
  const cases: { name: string; message: string; is: "immutable" | "other" }[] = [
    { name: "by a rule's author", message: "Invalid value: 2: replicas can't be changed", is: "immutable" },
    {
      name: "by a rule's author, otherwise",
      message: 'Invalid value: "b": storageType cannot be modified once set',
      is: "immutable",
    },
    { name: "by a webhook's author", message: "Forbidden: tier is an immutable field", is: "immutable" },
    {
      name: "a value that speaks of it",
      message: 'Invalid value: "x: field is immutable": must be no more than 15 characters',
      is: "other",
    },
    {
      name: "a map that speaks of it",
      message: 'Invalid value: {"a":"b: field is immutable"}: must match something',
      is: "other",
    },
    {
      name: "a bare word that speaks of it",
      message: 'Unsupported value: immutable: supported values: "a"',
      is: "other",
    },
    { name: "a value without more words", message: 'Invalid value: "field is immutable"', is: "other" },
    {
      name: "forbidden beside something else",
      message: "Forbidden: may not be set when `a` is set",
      is: "other",
    },
    {
      name: "a quota",
      message: "Forbidden: can not be less than status.capacity",
      is: "other",
    },
  ];
  test.each(cases)("$name: $is", ({ message, is }) =>
    expect(immutableFields(refusal(message)).length > 0 ? "immutable" : "other").toBe(is),
  );

  test.each([403, 409, 400, 500])("an answer %d is never about immutability", (status) =>
    expect(immutableFields(refusal("Forbidden: field is immutable", status))).toEqual([]),
  );

  test("a policy's denial has a text alone", () =>
    expect(
      immutableFields({
        status: 422,
        message: "ValidatingAdmissionPolicy 'p' with binding 'p' denied request: spec.tier is immutable",
        causes: [],
      }),
    ).toHaveLength(1));
});

describe("wordsWithoutValue()", () => {
  test("leaves the server's words", () => {
    expect(wordsWithoutValue('Invalid value: {"a":["]: x"]}: field is immutable')).toBe("field is immutable");
    expect(wordsWithoutValue("Required value: must be set")).toBe("Required value: must be set");
  });
});
