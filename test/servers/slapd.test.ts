/** Logins by OpenLDAP's slapd: StartTLS and ldaps, names that would be filters, groups in groups, limits, the empty password. */
import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { Secret } from "../../src/core/model/secret.ts";
import type { LdapSignOn } from "../../src/core/model/sign-on.ts";
import { Ldap } from "../../src/sso/ldap/ldap.ts";
import type { SignedOn } from "../../src/sso/sign-on.ts";
import { endingOf } from "../lib/ending-of.ts";
import { type Slapd, startSlapd } from "../lib/slapd.ts";

setDefaultTimeout(60_000);
const never = new AbortController().signal;
const BASE = "dc=example,dc=org";

const account = (cn: string): string =>
  `dn: cn=${cn},${BASE}\nobjectClass: organizationalRole\nobjectClass: simpleSecurityObject\ncn: ${cn}\nuserPassword: ${cn}-canary\n`;
const folder = (ou: string): string => `dn: ou=${ou},${BASE}\nobjectClass: organizationalUnit\nou: ${ou}\n`;
const person = (rdn: string, uid: string, cn: string): string =>
  `dn:: ${btoa(unescape(encodeURIComponent(`${rdn},ou=people,${BASE}`)))}\nobjectClass: inetOrgPerson\nuid: ${uid}\ncn:: ${btoa(unescape(encodeURIComponent(cn)))}\nsn: x\nmail: ${uid.length}@example.org\nuserPassword: ada-canary\n`;
const group = (cn: string, members: readonly string[]): string =>
  `dn: cn=${cn},ou=groups,${BASE}\nobjectClass: groupOfNames\ncn: ${cn}\n${members.map((dn) => `member:: ${btoa(unescape(encodeURIComponent(dn)))}\n`).join("")}`;
const dnOf = (rdn: string): string => `${rdn},ou=people,${BASE}`;
const groupDn = (cn: string): string => `cn=${cn},ou=groups,${BASE}`;
const STRANGE = "cn=Ada\\2C (of*dev) \\5C Zoë";

let slapd: Slapd;
beforeAll(async () => {
  slapd = await startSlapd(
    [
      account("searcher"),
      account("wide"),
      folder("people"),
      folder("groups"),
      person("uid=ada", "ada", "Ada Lovelace"),
      person(STRANGE, "strange", "Ada, (of*dev) \\ Zoë"),
      person("uid=star", "a*a", "Star"),
      person("uid=many", "many", "Many"),
      person("uid=twin1", "twin", "Twin"),
      person("uid=twin2", "twin", "Twin"),
      group("dev", [dnOf("uid=ada"), dnOf(STRANGE)]),
      group("engineers", [groupDn("dev"), groupDn("everybody")]),
      group("everybody", [groupDn("engineers")]),
      group("unrelated", [dnOf("uid=star")]),
      ...Array.from({ length: 250 }, (_, at) => group(`g${at}`, [dnOf("uid=many")])),
    ].join("\n"),
  );
}, 60_000);
afterAll(() => slapd?.stop());

function open(changes: Partial<LdapSignOn> = {}, by = "searcher"): Ldap {
  return new Ldap({
    by: "ldap",
    name: "Slapd",
    url: slapd.plain,
    wire: "starttls",
    account: { dn: `cn=${by},${BASE}`, password: new Secret(`${by}-canary`) },
    users: {
      base: `ou=people,${BASE}`,
      filter: "(objectClass=inetOrgPerson)",
      loginAttribute: "uid",
      idAttribute: "entryUUID",
      nameAttribute: "cn",
      mailAttribute: "mail",
    },
    groups: {
      base: `ou=groups,${BASE}`,
      filter: "(objectClass=groupOfNames)",
      nameAttribute: "cn",
      memberAttribute: "member",
      userAttribute: "dn",
      nested: { is: "by search", depth: 10 },
    },
    tls: { ca: slapd.ca },
    ...changes,
  });
}
const logIn = (ldap = open(), login = "ada", password = "ada-canary"): Promise<SignedOn> =>
  ldap.logIn(login, new Secret(password), never);
const WRONG = "there is nobody of that name with that password";

describe("slapd", () => {
  test("StartTLS: logs in, with groups in groups that hold each other", async () => {
    const { identity } = await logIn();
    expect(identity).toMatchObject({
      issuer: slapd.plain,
      name: "Ada Lovelace",
      email: "3@example.org",
      emailVerified: false,
    });
    expect(identity.subject).toMatch(/^[0-9a-f-]{36}$/);
    expect([...identity.groups].sort()).toEqual(["dev", "engineers", "everybody"]);
  });

  test("ldaps: logs in, and tells by the certificate who answers", async () => {
    const ldaps = { url: slapd.ldaps, wire: "ldaps" as const };
    expect((await logIn(open(ldaps))).identity.name).toBe("Ada Lovelace");
    expect(await endingOf(logIn(open({ ...ldaps, tls: {} })))).toThrow("its certificate is not trusted");
    const byAddress = { ...ldaps, url: slapd.ldaps.replace("localhost", "127.0.0.1") };
    expect(await endingOf(logIn(open(byAddress)))).toThrow("its certificate is not trusted");
  });

  test("without TLS it takes no password, and says so", async () => {
    expect(await endingOf(logIn(open({ wire: "nothing" })))).toThrow(
      /it refused that \(result 13.*Use ldaps or StartTLS/,
    );
  });

  test.each([
    ["an empty password", "ada", ""],
    ["a wrong one", "ada", "wrong"],
    ["nobody", "nobody", "ada-canary"],
    ["all", "*", "ada-canary"],
    ["some", "ad*", "ada-canary"],
    ["a filter", "*)(|(uid=*", "ada-canary"],
    ["half a filter", "ada)(objectClass=*", "ada-canary"],
    ["an escape", "\\61da", "ada-canary"],
    ["a zero byte", "ada\u0000", "ada-canary"],
  ])("lets nobody in by %s", async (_, login, password) => {
    expect(await endingOf(logIn(open(), login, password))).toThrow(WRONG);
  });

  test("a name with a star is one name", async () => {
    expect((await logIn(open(), "a*a")).identity.groups).toEqual(["unrelated"]);
  });

  test("a name with all signs of filters and names is in its groups", async () => {
    const { identity } = await logIn(open(), "strange");
    expect(identity.name).toBe("Ada, (of*dev) \\ Zoë");
    expect(identity.groups).toContain("dev");
  });

  test("two of one name are told of", async () => {
    expect(await endingOf(logIn(open(), "twin"))).toThrow("more than one entry has that uid");
  });

  test("more groups than the directory gives to this account are no groups, and all of them to another", async () => {
    expect(await endingOf(logIn(open(), "many"))).toThrow(/it refused that \(result 4/);
    expect((await logIn(open({}, "wide"), "many")).identity.groups).toHaveLength(250);
  });

  test("whether somebody is still there", async () => {
    const ldap = open();
    const before = await logIn(ldap);
    expect((await ldap.again(before, never)).identity).toEqual(before.identity);
    const gone = { ...before, identity: { ...before.identity, subject: crypto.randomUUID() } };
    expect(await endingOf(ldap.again(gone, never))).toThrow("the directory knows them no more");
    const byName = open({ users: { ...ldap.settings.users, idAttribute: "dn" } });
    const named = await logIn(byName, "strange");
    expect((await byName.again(named, never)).identity).toEqual(named.identity);
    const noName = { ...named, identity: { ...named.identity, subject: `uid=gone,ou=people,${BASE}` } };
    expect(await endingOf(byName.again(noName, never))).toThrow("the directory knows them no more");
  });

  test("an account with another password is told of", async () => {
    const wrong = { dn: `cn=searcher,${BASE}`, password: new Secret("wrong-canary") };
    expect(await endingOf(logIn(open({ account: wrong })))).toThrow(
      `it refused the password of cn=searcher,${BASE}`,
    );
  });

  test("nobody in particular finds nobody here", async () => {
    const { account: _, ...rest } = open().settings;
    expect(await endingOf(logIn(new Ldap(rest)))).toThrow(/Slapd \(localhost:\d+\): cannot/);
  });
});
