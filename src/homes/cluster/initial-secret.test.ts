import { describe, expect, test } from "bun:test";
import { endingOf } from "../../../test/lib/ending-of.ts";
import type { KubeObject } from "../../core/model/kube-object.ts";
import { Secret } from "../../core/model/secret.ts";
import type { ClusterObjects, Lookup, WriteOutcome } from "../../core/ports/cluster-objects.ts";
import { InitialSecretInCluster } from "./initial-secret.ts";

const refused = (status: number, reason: string): WriteOutcome => ({
  ...({ is: "refused", causes: [] } as const),
  ...{ status, reason, message: `secrets: ${reason}` },
});

function stand(outcome: WriteOutcome, lookup: Partial<Lookup> = { is: "absent" }) {
  const made: KubeObject[] = [];
  const objects: Pick<ClusterObjects, "create" | "read"> = {
    create: async (object) => {
      made.push(object);
      return outcome;
    },
    read: async () => lookup as Lookup,
  };
  return { made, secret: new InitialSecretInCluster(() => objects, "argocd") };
}
const found = (data: unknown): Partial<Lookup> => ({
  is: "found",
  object: { data } as unknown as KubeObject,
});

describe("InitialSecretInCluster", () => {
  test("makes it as Argo CD's users read it, and leaves one that is there", async () => {
    const { made, secret } = stand({ is: "done" } as WriteOutcome);
    expect(await secret.create(new Secret("canary"))).toBe(true);
    expect(made).toMatchObject([
      {
        kind: "Secret",
        metadata: { name: "argocd-initial-admin-secret", namespace: "argocd" },
        data: { password: btoa("canary") },
      },
    ]);
    expect(await stand(refused(409, "AlreadyExists")).secret.create(new Secret("canary"))).toBe(false);
  });

  test.each([
    [refused(403, "Forbidden"), "secrets: Forbidden"],
    [{ is: "unreachable", why: "ECONNREFUSED" } as const, "ECONNREFUSED"],
    [refused(409, "Conflict"), "secrets: Conflict"],
  ])("what cannot be told is said, with a way out and no password (%#)", async (outcome, why) => {
    const failure = await stand(outcome).secret.create(new Secret("canary")).catch(String);
    expect(failure).toContain(why);
    expect(failure).toContain("holdfast admin reset-password");
    expect(failure).not.toContain("canary");
  });

  test("reads what another one wrote", async () => {
    const read = (lookup: Partial<Lookup>) => stand(refused(409, "AlreadyExists"), lookup).secret.read();
    expect((await read(found({ password: btoa("theirs") })))?.reveal()).toBe("theirs");
    expect(await read({ is: "absent" })).toBeUndefined();
    for (const lookup of [
      found({}),
      found({ password: "" }),
      found({ password: "%" }),
      found(undefined),
      found({ password: 7 }),
    ])
      expect(await endingOf(read(lookup))).toThrow("holds no password");
    for (const is of ["forbidden", "unreachable"] as const)
      expect(await endingOf(read({ is, why: "not now" }))).toThrow("cannot be read: not now");
  });

  test("a home that is not connected is no home without one", async () => {
    const away = new InitialSecretInCluster(() => undefined, "argocd");
    expect(await endingOf(away.create(new Secret("x")))).toThrow("not connected");
    expect(await endingOf(away.read())).toThrow("not connected");
  });
});
