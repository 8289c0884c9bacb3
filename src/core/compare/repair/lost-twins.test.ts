import { describe, expect, test } from "bun:test";
import { kubeObject } from "../../../../test/lib/core-objects.ts";
import { lostTwins } from "./lost-twins.ts";

const deployment = (container: Record<string, unknown>, pod: Record<string, unknown> = {}) =>
  kubeObject({
    apiVersion: "apps/v1",
    kind: "Deployment",
    fields: { spec: { template: { spec: { containers: [{ name: "web", ...container }], ...pod } } } },
  });
const refusal = (path: string, key: string) => ({
  status: 500,
  message: `failed to create typed patch object (default/web; apps/v1, Kind=Deployment): ${path}: duplicate entries for key [${key}]`,
});
const IN_CONTAINER = '.spec.template.spec.containers[name="web"]';
const PORT = 'containerPort=80,protocol="TCP"';

describe("lostTwins()", () => {
  const ports = (...list: Record<string, unknown>[]) => deployment({ ports: list });
  test.each<{ name: string; object: ReturnType<typeof ports>; differ: string | undefined }>([
    {
      name: "two ports of the host",
      object: ports({ containerPort: 80, hostPort: 80 }, { containerPort: 80, hostPort: 8080 }),
      differ: "hostPort",
    },
    {
      name: "two addresses of the host",
      object: ports(
        { containerPort: 80, hostPort: 80, hostIP: "10.0.0.1" },
        { containerPort: 80, hostPort: 80, hostIP: "10.0.0.2", protocol: "TCP" },
      ),
      differ: "hostIP",
    },
    {
      name: "two names",
      object: ports({ containerPort: 80, name: "http" }, { containerPort: 80, name: "metrics" }),
      differ: "name",
    },
    {
      name: "a name that the last one has not",
      object: ports({ containerPort: 80, name: "http" }, { containerPort: 80 }),
      differ: "name",
    },
    {
      name: "nothing that the last one has not",
      object: ports({ containerPort: 80 }, { containerPort: 80, protocol: "TCP", name: "http" }),
      differ: undefined,
    },
    { name: "the same", object: ports({ containerPort: 80 }, { containerPort: 80 }), differ: undefined },
  ])("ports of a container with $name", ({ object, differ }) => {
    const says = lostTwins(refusal(`${IN_CONTAINER}.ports`, PORT), object);
    if (differ === undefined) expect(says).toBeUndefined();
    else
      expect(says).toBe(
        `spec.template.spec.containers[name="web"].ports has 2 entries with ${PORT} that differ in ${differ}, and server-side apply keeps one entry of a key: the others would be lost. Make one entry of them, or set the sync option Replace=true on the object`,
      );
  });

  test("names of one address are lost too", () => {
    const object = deployment(
      {},
      {
        hostAliases: [
          { ip: "10.0.0.1", hostnames: ["a"] },
          { ip: "10.0.0.1", hostnames: ["b"] },
        ],
      },
    );
    expect(lostTwins(refusal(".spec.template.spec.hostAliases", 'ip="10.0.0.1"'), object)).toContain(
      "that differ in hostnames",
    );
  });

  test("of an env the last one counts for the container as well", () => {
    const object = deployment({
      env: [
        { name: "A", value: "1" },
        { name: "A", value: "2" },
      ],
    });
    expect(lostTwins(refusal(`${IN_CONTAINER}.env`, 'name="A"'), object)).toBeUndefined();
  });

  test("a refusal of another sort loses nothing", () => {
    expect(
      lostTwins({ status: 422, message: "spec.replicas: Invalid value" }, deployment({})),
    ).toBeUndefined();
  });
});
