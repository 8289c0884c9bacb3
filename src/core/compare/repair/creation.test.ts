import { describe, expect, test } from "bun:test";
import { kubeObject } from "../../../../test/lib/core-objects.ts";
import { anotherName, asNewObject, isFreedSoon, readOtherName, readOwnName } from "./creation.ts";

const say = ({ message }: { message: string }): string => message;
const refusal = (status: number, reason: string, message: string, fields: string[] = []) => ({
  status,
  reason,
  message,
  causes: fields.map((field) => ({ field, reason: "FieldValueInvalid", message })),
});

describe("asNewObject()", () => {
  const front = (spec: Record<string, unknown>) =>
    kubeObject({ kind: "Service", name: "front", fields: { spec } });

  test("leaves out what the old Service holds and gives up, and nothing else", () => {
    const live = front({
      clusterIP: "10.0.0.5",
      clusterIPs: ["10.0.0.5"],
      healthCheckNodePort: 31_000,
      ports: [
        { port: 80, nodePort: 30_080 },
        { port: 81, nodePort: 30_081 },
      ],
    });
    expect(
      asNewObject(
        front({
          clusterIP: "10.0.0.5",
          clusterIPs: ["10.0.0.5"],
          healthCheckNodePort: 31_000,
          ports: [
            { port: 80, nodePort: 30_080 },
            { port: 82, nodePort: 30_082 },
          ],
        }),
        live,
      )["spec"],
    ).toEqual({ ports: [{ port: 80 }, { port: 82, nodePort: 30_082 }] });
    expect(asNewObject(front({ clusterIP: "10.0.0.6" }), live)["spec"]).toEqual({ clusterIP: "10.0.0.6" });
  });

  test("keeps what makes a Service headless, and other kinds whole", () => {
    const headless = front({ clusterIP: "None", clusterIPs: ["None"] });
    expect(asNewObject(headless, headless)).toEqual(headless);
    const other = kubeObject({ fields: { spec: { clusterIP: "10.0.0.5" } } });
    expect(asNewObject(other, other)).toBe(other);
  });
});

describe("anotherName()", () => {
  test.each(["a", "web", "web-1", "kube-root-ca.crt", "system:node", "a".repeat(63), `${"x-".repeat(20)}x`])(
    "of %s is another legal name that is no longer, or short",
    (name) => {
      const other = anotherName(name);
      expect(other).not.toBe(name);
      expect(other.length).toBe(Math.max(name.length, 8));
      expect(other).toMatch(/^[a-z][a-z0-9.:-]*[a-z]$/);
    },
  );
});

describe("readOwnName()", () => {
  const cases: { name: string; refused: ReturnType<typeof refusal>; want: "creatable" | "refused" }[] = [
    { name: "the name is taken", refused: refusal(409, "AlreadyExists", "exists"), want: "creatable" },
    { name: "another conflict", refused: refusal(409, "Conflict", "modified"), want: "refused" },
    { name: "a fault", refused: refusal(422, "Invalid", "spec.a: Required value"), want: "refused" },
    { name: "an admission", refused: refusal(403, "Forbidden", "denied"), want: "refused" },
    {
      name: "a webhook that takes no dry run",
      refused: refusal(400, "BadRequest", 'admission webhook "a" does not support dry run'),
      want: "refused",
    },
    {
      name: "a quota that the old one fills",
      refused: refusal(
        403,
        "Forbidden",
        'jobs.batch "x" is forbidden: exceeded quota: few, requested: count/jobs.batch=1, used: count/jobs.batch=2, limited: count/jobs.batch=2',
      ),
      want: "creatable",
    },
    {
      name: "a quota that would be over even without the old one",
      refused: refusal(
        403,
        "Forbidden",
        'pods "x" is forbidden: exceeded quota: few, requested: pods=1, used: pods=3, limited: pods=2',
      ),
      want: "refused",
    },
    {
      name: "a quota of something else than objects",
      refused: refusal(
        403,
        "Forbidden",
        'pods "x" is forbidden: exceeded quota: few, requested: cpu=1, used: cpu=1, limited: cpu=1',
      ),
      want: "refused",
    },
    {
      name: "a quota of objects and of something else",
      refused: refusal(
        403,
        "Forbidden",
        'pods "x" is forbidden: exceeded quota: few, requested: cpu=1,pods=1, used: cpu=1,pods=1, limited: cpu=1,pods=1',
      ),
      want: "refused",
    },
  ];
  test.each(cases)("$name: $want", ({ refused, want }) => expect(readOwnName(refused, say).is).toBe(want));
});

describe("isFreedSoon()", () => {
  const port = "Invalid value: 30771: provided port is already allocated";
  test.each([
    [
      "a node port that is not given back yet",
      refusal(422, "Invalid", port, ["spec.ports[0].nodePort"]),
      true,
    ],
    [
      "a port and a fault",
      {
        ...refusal(422, "Invalid", port, ["a"]),
        causes: [
          { field: "a", reason: "x", message: port },
          { field: "b", reason: "x", message: "Required value" },
        ],
      },
      false,
    ],
    ["a text without causes", refusal(422, "Invalid", port), false],
    [
      "a quota that has not heard yet",
      refusal(
        403,
        "Forbidden",
        "exceeded quota: q, requested: count/jobs.batch=1, used: count/jobs.batch=1, limited: count/jobs.batch=1",
      ),
      true,
    ],
    ["an admission", refusal(403, "Forbidden", "denied"), false],
  ])("%s", (_, refused, is) => expect(isFreedSoon(refused)).toBe(is));
});

describe("readOtherName()", () => {
  const cases: { name: string; refused: ReturnType<typeof refusal>; want: "creatable" | "refused" }[] = [
    { name: "a fault", refused: refusal(422, "Invalid", "bad", ["spec.a"]), want: "refused" },
    {
      name: "a name that the kind forbids",
      refused: refusal(422, "Invalid", "bad", ["metadata.name"]),
      want: "creatable",
    },
    {
      name: "an admission that looks at names",
      refused: refusal(403, "Forbidden", "denied"),
      want: "creatable",
    },
    {
      name: "a name that is taken by chance",
      refused: refusal(409, "AlreadyExists", "exists"),
      want: "creatable",
    },
  ];
  test.each(cases)("$name: $want", ({ refused, want }) => expect(readOtherName(refused, say).is).toBe(want));
});
