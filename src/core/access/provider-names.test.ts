import { describe, expect, test } from "bun:test";
import { Secret } from "../model/secret.ts";
import type { SignOnSettings } from "../model/sign-on.ts";
import { prefixOf, subjectOfVouched } from "./provider-names.ts";

const provider = (name: string, host: string, policyNames?: "plain" | "prefixed"): SignOnSettings => ({
  by: "github",
  name,
  url: `https://${host}`,
  clientId: "c",
  clientSecret: new Secret("s"),
  organizations: [],
  tls: {},
  ...(policyNames === undefined ? {} : { policyNames }),
});
const [okta, other] = [provider("Okta", "okta.example.org"), provider("Other", "other.example.org")];
const of = (name: string) => ({
  issuer: `https://${name}.example.org/`,
  provider: name === "okta" ? "Okta" : "Other",
});

describe("prefixOf()", () => {
  test("leaves the names of the only provider as they are", () => {
    expect(prefixOf(of("okta"), [okta])).toBe("");
    expect(prefixOf(of("okta"), [{ ...okta, policyNames: "prefixed" }])).toBe("sso:Okta:");
  });

  test("gives a second one nothing of the first one's names, and the first one what was said of it alone", () => {
    expect([of("okta"), of("other")].map((owner) => prefixOf(owner, [okta, other]))).toEqual([
      "sso:Okta:",
      "sso:Other:",
    ]);
    const said = [{ ...okta, policyNames: "plain" as const }, other];
    expect([of("okta"), of("other")].map((owner) => prefixOf(owner, said))).toEqual(["", "sso:Other:"]);
  });

  test("is of nobody who is not there any more, or under another address, or of two", () => {
    expect(prefixOf(of("other"), [okta])).toBeUndefined();
    expect(prefixOf({ issuer: "https://evil.example.org", provider: "Okta" }, [okta])).toBeUndefined();
    const twice = [okta, provider("Again", "okta.example.org")];
    expect(prefixOf({ issuer: "https://okta.example.org" }, twice)).toBeUndefined();
    expect(prefixOf(of("okta"), twice)).toBe("sso:Okta:");
    // From before the name was kept.
    expect(prefixOf({ issuer: "https://okta.example.org" }, [okta])).toBe("");
  });

  test("never makes one name of two", () => {
    expect(
      prefixOf({ issuer: "https://x.org", provider: "a:b" }, [provider("a:b", "x.org", "prefixed")]),
    ).toBe("sso:a%3Ab:");
  });
});

describe("subjectOfVouched()", () => {
  const isAccount = (name: string): boolean => name === "admin";

  test("plain names are none of ours, and none of another provider's", () => {
    const groups = ["team", "admin", "role:admin", "sso:Other:team", ""];
    expect(subjectOfVouched({ subject: "ann", groups }, "", isAccount)).toEqual({
      name: "ann",
      groups: ["team"],
    });
    for (const subject of ["", "admin", "role:admin", "proj:a:b", "sso:Other:ann"])
      expect(subjectOfVouched({ subject, groups: [] }, "", isAccount)).toBeUndefined();
  });

  test("prefixed ones are its own, whatever they are called", () => {
    expect(
      subjectOfVouched({ subject: "admin", groups: ["role:admin", ""] }, "sso:Other:", isAccount),
    ).toEqual({
      name: "sso:Other:admin",
      groups: ["sso:Other:role:admin"],
    });
    expect(subjectOfVouched({ subject: "", groups: [] }, "sso:Other:", isAccount)).toBeUndefined();
  });
});
