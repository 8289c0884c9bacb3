import { describe, expect, test } from "bun:test";
import type { KubeObject } from "../core/model/kube-object.ts";
import { readStatus } from "./api-status.ts";
import { notDone } from "./refusal.ts";

const secretKind = { group: "", kind: "Secret" },
  deploymentKind = { group: "apps", kind: "Deployment" };
const status = (code: number, reason: string, message: string, details: object = {}) => ({
  is: "status" as const,
  status: readStatus(code, { kind: "Status", code, reason, message, details }),
  retryAfterMs: undefined,
  renewals: 0,
});

describe("notDone()", () => {
  const cases: { name: string; code: number; message: string; is: "refused" | "unreachable" }[] = [
    {
      name: "an unknown field is the user's",
      code: 500,
      message:
        "failed to create typed patch object (x; apps/v1, Kind=Deployment): .spec.foo: field not declared in schema",
      is: "refused",
    },
    {
      name: "a webhook that fails concerns this object",
      code: 500,
      message: 'Internal error occurred: failed calling webhook "w.example.com": connection refused',
      is: "refused",
    },
    {
      name: "a conversion that fails concerns this object",
      code: 500,
      message:
        'conversion webhook for x.io/v2, Kind=X failed: Post "https://c.o.svc/convert": no endpoints available',
      is: "refused",
    },
    {
      name: "an etcd timeout is a fault",
      code: 500,
      message: "etcdserver: request timed out",
      is: "unreachable",
    },
    { name: "a conflict is judged", code: 409, message: "Operation cannot be fulfilled", is: "refused" },
    { name: "an invalid object is judged", code: 422, message: "spec.x: Invalid value", is: "refused" },
    { name: "too many requests is no judgement", code: 429, message: "slow down", is: "unreachable" },
    { name: "expired credentials are no judgement", code: 401, message: "Unauthorized", is: "unreachable" },
    { name: "a redirect is no judgement", code: 302, message: "elsewhere", is: "unreachable" },
    { name: "no permission is judged", code: 403, message: "forbidden", is: "refused" },
  ];
  test.each(cases)("$name", ({ code, message, is }) => {
    expect(notDone(status(code, "X", message), deploymentKind, undefined).is).toBe(is);
  });

  const secret: KubeObject = {
    apiVersion: "v1",
    kind: "Secret",
    metadata: { name: "s" },
    data: { "tls.crt": "CANARY" },
    stringData: { list: ["CANARY"] },
  };
  const leaks: { name: string; message: string; details?: object; says: string }[] = [
    {
      name: "a wrong type",
      message: ".stringData.list: expected string, got &value.listUnstructured{[CANARY]}",
      says: ".stringData.list: the value has the wrong type",
    },
    {
      name: "a key with dots",
      message: ".data.tls.crt: expected string, got CANARY",
      says: ".data.tls.crt: the value has the wrong type",
    },
    {
      name: "a path that the object does not have is not repeated",
      message: ".data.CANARY: expected string",
      says: "Invalid: the value has the wrong type",
    },
    {
      name: "base64",
      message: "illegal base64 data at input byte 4: CANARY",
      says: ".data.tls.crt: the value is not base64",
    },
    {
      name: "words that nobody knows",
      message: "CANARY is not nice",
      says: "Invalid: the API server does not take it",
    },
    {
      name: "causes",
      message: "Secret is invalid: data: CANARY",
      details: {
        causes: [
          {
            field: "data[CANARY]",
            reason: "FieldValueForbidden",
            message: 'Forbidden: field is immutable when `immutable` is set: "CANARY"',
          },
        ],
      },
      says: "data: field is immutable",
    },
    {
      name: "an unknown field keeps the words that repairs read",
      message:
        "failed to create typed patch object (ns/s; /v1, Kind=Secret): .stringData.list: field not declared in schema CANARY",
      says: "failed to create typed patch object (/s; v1, Kind=Secret): .stringData.list: field not declared in schema",
    },
    {
      name: "several faults keep their lines",
      message:
        'failed to create typed patch object (ns/s; /v1, Kind=Secret): errors:\n  .stringData.list: expected string, got "CANARY"\n  .data.tls.crt: field not declared in schema',
      says: "failed to create typed patch object (/s; v1, Kind=Secret): errors:\n  .stringData.list: the value has the wrong type\n  .data.tls.crt: field not declared in schema",
    },
  ];
  test.each(leaks)("a Secret's refusal holds no value: $name", ({ message, details, says }) => {
    const outcome = notDone(status(422, "Invalid", message, details), secretKind, secret);
    expect(JSON.stringify(outcome)).not.toContain("CANARY");
    expect(outcome).toMatchObject({ is: "refused", message: says });
  });

  test("neither does one of an object that a secret store gave something", () => {
    const filled = {
      apiVersion: "v1",
      kind: "Service",
      metadata: { name: "s", annotations: { "holdfast/filled-in": "/spec/ports/*/name" } },
      spec: { ports: [{ name: "CANARY" }] },
    };
    const serviceKind = { group: "", kind: "Service" };
    const said = status(422, "Invalid", 'spec.ports[0].name: Invalid value: "CANARY"');
    expect(JSON.stringify(notDone(said, serviceKind, filled))).not.toContain("CANARY");
    const { annotations: _, ...bare } = filled.metadata;
    expect(JSON.stringify(notDone(said, serviceKind, { ...filled, metadata: bare }))).toContain("CANARY");
  });

  test("a fault while a Secret is written repeats nothing of the server's words", () => {
    expect(notDone(status(500, "InternalError", "could not store CANARY"), secretKind, secret)).toEqual({
      is: "unreachable",
      why: "HTTP 500 InternalError",
    });
  });
});

describe("readStatus()", () => {
  test("a page of a proxy is shortened to its beginning", () => {
    expect(readStatus(502, `<html>${"x".repeat(1000)}`)).toMatchObject({ code: 502, reason: "", causes: [] });
    expect(readStatus(502, `<html>${"x".repeat(1000)}`).message.length).toBeLessThan(250);
  });
});
