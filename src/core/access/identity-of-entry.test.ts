import { describe, expect, test } from "bun:test";
import { identityOfEntry } from "./identity-of-entry.ts";

const names = { idAttribute: "entryUUID", nameAttribute: "cn", mailAttribute: "mail" };
const entry = (values: Record<string, string[]>) => ({
  dn: "uid=ada,dc=x",
  values: new Map(Object.entries(values)),
});
const ISSUER = "ldaps://ldap.example.org";

describe("identityOfEntry()", () => {
  test("takes its attributes, whatever their case", () => {
    const told = identityOfEntry(
      ISSUER,
      entry({ entryuuid: ["u-1"], cn: ["Ada", "A."], mail: ["a@x.org"] }),
      names,
      ["dev"],
    );
    expect(told).toEqual({
      is: "identity",
      identity: {
        issuer: ISSUER,
        subject: "u-1",
        name: "Ada",
        email: "a@x.org",
        emailVerified: false,
        groups: ["dev"],
      },
    });
  });

  test("its address is a group where the policy's scopes say so", () => {
    const told = identityOfEntry(
      ISSUER,
      entry({ entryuuid: ["u-1"], mail: ["a@x.org", "b@x.org"] }),
      { ...names, groupClaims: ["groups", "email"] },
      ["dev"],
    );
    expect(told).toMatchObject({ identity: { groups: ["dev", "a@x.org"] } });
  });

  test("its name may be its id", () => {
    const told = identityOfEntry(ISSUER, entry({}), { ...names, idAttribute: "dn" }, []);
    expect(told).toMatchObject({
      identity: { subject: "uid=ada,dc=x", name: "uid=ada,dc=x", email: undefined },
    });
  });

  test.each<[string, string[], string]>([
    ["no id", [], "has no entryUUID"],
    ["an empty id", [""], "has no entryUUID"],
    ["two ids", ["a", "b"], "has more than one entryUUID"],
    ["the name of a role", ["role:admin"], "which is how roles"],
  ])("refuses %s", (_, entryuuid, words) => {
    const told = identityOfEntry(ISSUER, entry({ entryuuid }), names, []);
    expect(told.is === "refused" ? told.why : told.is).toContain(words);
  });

  test("refuses a group that would be a role", () => {
    expect(identityOfEntry(ISSUER, entry({ entryuuid: ["a"] }), names, ["role:admin"])).toMatchObject({
      is: "refused",
    });
  });
});
