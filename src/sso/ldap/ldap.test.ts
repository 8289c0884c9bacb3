import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { makeCertificates } from "../../../test/lib/certificates.ts";
import { endingOf } from "../../../test/lib/ending-of.ts";
import { eventually } from "../../../test/lib/eventually.ts";
import {
  type LdapAnswer,
  type LdapCall,
  type LdapStand,
  ok,
  startLdapStand,
} from "../../../test/lib/ldap-stand.ts";
import { Failure } from "../../core/model/failure.ts";
import { Secret } from "../../core/model/secret.ts";
import type { LdapSignOn } from "../../core/model/sign-on.ts";
import { Ldap } from "./ldap.ts";

const never = new AbortController().signal;
const SEARCHER = "cn=searcher,dc=x";
const ADA = {
  dn: "uid=ada,ou=people,dc=x",
  attributes: { entryUUID: ["u-1"], cn: ["Ada"], mail: ["ada@x.org"], uid: ["ada"] },
};
const WRONG = /cannot check a password: there is nobody of that name with that password/;

let stand: LdapStand;
let made: Awaited<ReturnType<typeof makeCertificates>>;
beforeEach(async () => {
  made = await makeCertificates(["localhost"]);
  stand = await startLdapStand(made);
  stand.answer = honest;
});
afterEach(() => stand.stop());

function honest(call: LdapCall): LdapAnswer {
  switch (call.is) {
    case "bind": {
      const isRight =
        call.dn === SEARCHER
          ? call.password === "searcher-canary"
          : call.dn === ADA.dn && call.password === "ada-canary";
      return { is: "result", code: isRight ? 0 : 49 };
    }
    case "search":
      if (call.dn.startsWith("ou=people"))
        return {
          is: "result",
          code: 0,
          entries: /uid\u0004\u0003ada|entryUUID\u0004\u0003u-1/.test(call.raw) ? [ADA] : [],
        };
      if (call.raw.includes(ADA.dn)) return { is: "result", code: 0, entries: [group("dev")] };
      return {
        is: "result",
        code: 0,
        entries: call.raw.includes("cn=dev,") ? [group("everybody"), group("dev")] : [],
      };
    default:
      return ok;
  }
}
const group = (cn: string) => ({ dn: `cn=${cn},ou=groups,dc=x`, attributes: { cn: [cn] } });

function open(changes: Partial<LdapSignOn> = {}): Ldap {
  return new Ldap({
    by: "ldap",
    name: "Directory",
    url: `ldap://localhost:${stand.port}`,
    wire: "starttls",
    account: { dn: SEARCHER, password: new Secret("searcher-canary") },
    users: {
      base: "ou=people,dc=x",
      filter: "(objectClass=person)",
      loginAttribute: "uid",
      idAttribute: "entryUUID",
      nameAttribute: "cn",
      mailAttribute: "mail",
    },
    groups: {
      base: "ou=groups,dc=x",
      filter: "(objectClass=groupOfNames)",
      nameAttribute: "cn",
      memberAttribute: "member",
      userAttribute: "dn",
      nested: { is: "by search", depth: 5 },
    },
    tls: { ca: made.ca },
    ...changes,
  });
}

const logIn = (ldap = open(), login = "ada", password = "ada-canary") =>
  ldap.logIn(login, new Secret(password), never);

async function refusal(work: Promise<unknown>): Promise<Failure> {
  const caught = await work.then(
    (value) => value,
    (cause: unknown) => cause,
  );
  expect(caught).toBeInstanceOf(Failure);
  const failure = caught as Failure;
  expect(failure.message).toStartWith("Directory (localhost");
  expect(failure.message).not.toContain("canary");
  expect(failure.fix ?? "").not.toBe("");
  return failure;
}

describe("Ldap", () => {
  test("finds, proves, and reads the groups and the groups of these", async () => {
    const { identity } = await logIn();
    expect(identity).toEqual({
      issuer: `ldap://localhost:${stand.port}`,
      subject: "u-1",
      name: "Ada",
      email: "ada@x.org",
      emailVerified: false,
      groups: ["dev", "everybody"],
    });
    const passwords = stand.calls.filter(({ password }) => password !== "");
    expect(passwords.map(({ dn, wire }) => [dn, wire])).toEqual([
      [SEARCHER, "tls"],
      [ADA.dn, "tls"],
    ]);
    await eventually("every connection is closed", () => stand.sockets.size === 0, 5_000);
  });

  test.each([
    ["nobody of that name", "eve", "ada-canary"],
    ["another password", "ada", "wrong"],
    ["everybody", "*", "ada-canary"],
    ["a filter", "ada)(uid=*", "ada-canary"],
  ])("says the same of %s", async (_, login, password) => {
    const failure = await refusal(logIn(open(), login, password));
    expect(failure.code).toBe("sign-on");
    expect(failure.message).toMatch(WRONG);
    // Each of them costs a search and a proof.
    expect(stand.calls.filter(({ is }) => is === "bind")).toHaveLength(2);
    expect(stand.calls.filter(({ is }) => is === "search")).toHaveLength(1);
  });

  test.each([
    ["an empty password", "ada", ""],
    ["an empty name", "", "ada-canary"],
    ["a name of blanks", "  ", "ada-canary"],
    ["a very long name", "a".repeat(300), "ada-canary"],
  ])("asks nobody about %s", async (_, login, password) => {
    // As many directories do: RFC 4513, 5.1.2.
    stand.answer = (call) => (call.is === "bind" && call.password === "" ? ok : honest(call));
    expect((await refusal(logIn(open(), login, password))).message).toMatch(WRONG);
    expect(stand.calls).toEqual([]);
  });

  test("an account with an empty password is not nobody", async () => {
    stand.answer = (call) => (call.is === "bind" && call.password === "" ? ok : honest(call));
    const failure = await refusal(logIn(open({ account: { dn: SEARCHER, password: new Secret("") } })));
    expect(failure.message).toContain(`it refused the password of ${SEARCHER}`);
    await eventually("every connection is closed", () => stand.sockets.size === 0, 5_000);
  });

  test("two of one name are nobody", async () => {
    stand.answer = (call) =>
      call.is === "search"
        ? { is: "result", code: 0, entries: [ADA, { ...ADA, dn: "uid=ada,ou=other,dc=x" }] }
        : honest(call);
    expect((await refusal(logIn())).message).toContain("more than one entry has that uid");
    expect(stand.calls.some(({ dn }) => dn === ADA.dn)).toBe(false);
  });

  describe("on the wire", () => {
    test("no password goes where StartTLS is refused", async () => {
      stand.answer = (call) => (call.is === "starttls" ? { is: "result", code: 2 } : honest(call));
      const failure = await refusal(logIn());
      expect(failure.message).toContain("cannot connect to the directory: it does not offer StartTLS");
      expect(stand.calls.map(({ is }) => is)).toEqual(["starttls"]);
    });

    test("nor where more than an answer comes to it", async () => {
      const yes = Buffer.from("300c02010178070a010004000400", "hex");
      const bound = Buffer.from("300c02010161070a010004000400", "hex");
      stand.answer = (call) =>
        call.is === "starttls" ? { is: "bytes", bytes: Buffer.concat([yes, bound]) } : honest(call);
      expect((await refusal(logIn())).message).toContain(
        "it answered something else to StartTLS, or more than an answer",
      );
    });

    test.each([
      "ffff",
      "3003020101",
      "300c02010278070a010004000400",
      "30840fffffff",
      `0400${"00".repeat(9)}`,
    ])("nor where something else comes: %s", async (hex) => {
      stand.answer = () => ({ is: "bytes", bytes: Buffer.from(hex, "hex") });
      await refusal(logIn());
      expect(stand.calls.map(({ is }) => is)).toEqual(["starttls"]);
    });

    test("nor to one whose certificate is another's or for another name", async () => {
      expect((await refusal(logIn(open({ tls: {} })))).message).toContain("its certificate is not trusted");
      const other = await makeCertificates(["localhost"]);
      expect((await refusal(logIn(open({ tls: { ca: other.ca } })))).message).toContain(
        "its certificate is not trusted",
      );
      const named = new Ldap({ ...open().settings, url: `ldap://127.0.0.1:${stand.port}` });
      const caught = await logIn(named).catch((cause: unknown) => cause);
      expect(String(caught)).toContain("its certificate is not trusted");
      expect(stand.calls.every(({ is }) => is === "starttls")).toBe(true);
      expect((await logIn(open({ tls: { check: "nothing" } }))).identity.subject).toBe("u-1");
    });

    test("nor on a second connection, when it hangs up after TLS", async () => {
      stand.answer = (call) => (call.is === "bind" ? { is: "hang up" } : honest(call));
      const failure = await refusal(logIn());
      expect(failure.code).toBe("provider-unreachable");
      expect(new Set(stand.calls.map(({ connection }) => connection)).size).toBe(1);
      expect(stand.calls.filter(({ password }) => password !== "").every(({ wire }) => wire === "tls")).toBe(
        true,
      );
    });

    test("nor is anything asked again without a login, when it hangs up between", async () => {
      stand.answer = (call) =>
        call.is === "search" && call.dn.startsWith("ou=people")
          ? { is: "result", code: 0, entries: [ADA], then: "hang up" }
          : honest(call);
      expect(await refusal(logIn())).toMatchObject({ code: "provider-unreachable" });
      expect(new Set(stand.calls.map(({ connection }) => connection)).size).toBe(2);
    });

    test("ldaps is TLS from its first byte", async () => {
      const secure = await startLdapStand(made, "tls");
      secure.answer = honest;
      try {
        const settings = {
          ...open().settings,
          url: `ldaps://localhost:${secure.port}`,
          wire: "ldaps" as const,
        };
        expect((await logIn(new Ldap(settings))).identity.groups).toEqual(["dev", "everybody"]);
        await refusal(logIn(new Ldap({ ...settings, tls: {} })));
        // The other one speaks no TLS.
        await refusal(logIn(new Ldap({ ...settings, url: `ldaps://localhost:${stand.port}` })));
      } finally {
        await secure.stop();
      }
    });

    test("and where the settings say nothing, everything is readable", async () => {
      expect((await logIn(open({ wire: "nothing" }))).identity.subject).toBe("u-1");
      expect(stand.calls.every(({ wire }) => wire === "plain")).toBe(true);
    });

    test("one that answers without end is not listened to for long", async () => {
      const endless = Buffer.concat([Buffer.from("3084200000000201016500", "hex"), Buffer.alloc(17 << 20)]);
      stand.answer = (call) => (call.is === "search" ? { is: "bytes", bytes: endless } : honest(call));
      const { message, code } = await refusal(logIn(open({ wire: "nothing" })));
      expect(message).toContain("it answered more than 16 MiB");
      expect(code).toBe("provider-unreachable");
    });

    test("nobody listens", async () => {
      await stand.stop();
      const failure = await refusal(logIn());
      expect(failure).toMatchObject({ code: "provider-unreachable", why: "nothing listens there" });
    });

    test("whoever waits may go", async () => {
      const leaving = new AbortController();
      stand.answer = (call) => {
        if (call.is === "search") queueMicrotask(() => leaving.abort(new Error("gone")));
        return call.is === "search" ? { is: "silence" } : honest(call);
      };
      expect(await endingOf(open().logIn("ada", new Secret("ada-canary"), leaving.signal))).toThrow("gone");
    });
  });

  describe("groups", () => {
    const groupsAre = (answer: LdapAnswer): void => {
      stand.answer = (call) =>
        call.is === "search" && call.dn.startsWith("ou=groups") ? answer : honest(call);
    };

    test("that a limit cut off are no groups", async () => {
      groupsAre({ is: "result", code: 4, entries: [group("dev")] });
      const failure = await refusal(logIn());
      expect(failure.message).toContain("it refused that (result 4");
      expect(failure.fix).toContain("raise the directory's size limit");
    });

    test("are not asked of a server that is referred to", async () => {
      const elsewhere = await startLdapStand();
      groupsAre({ is: "result", code: 10 });
      expect((await refusal(logIn())).message).toContain("it refers to another server, which is not asked");
      groupsAre({
        is: "result",
        code: 0,
        entries: [group("dev")],
        references: [`ldap://127.0.0.1:${elsewhere.port}/ou=groups,dc=x`],
      });
      expect((await logIn()).identity.groups).toEqual(["dev"]);
      expect(elsewhere.calls).toEqual([]);
      await elsewhere.stop();
    });

    test("that hold each other end", async () => {
      groupsAre({
        is: "result",
        code: 0,
        entries: [group("a"), group("b"), { ...group("A"), dn: "CN=a,OU=groups,DC=x" }],
      });
      expect((await logIn()).identity.groups).toEqual(["a", "b"]);
    });

    test("go no deeper than they are to", async () => {
      const groups = open().settings.groups;
      if (groups === undefined) throw new Error("no groups");
      expect(
        (await logIn(open({ groups: { ...groups, nested: { is: "not followed" } } }))).identity.groups,
      ).toEqual(["dev"]);
      stand.calls.length = 0;
      await logIn(open({ groups: { ...groups, nested: { is: "by rule" } } }));
      const [search = { raw: "" }] = stand.calls.filter(({ dn }) => dn.startsWith("ou=groups"));
      expect(search.raw).toContain("1.2.840.113556.1.4.1941");
    });

    test("of a name that would be a filter", async () => {
      const strange = { ...ADA, dn: "cn=Ada\\, (of*dev),ou=people,dc=x" };
      stand.answer = (call) => {
        if (call.is === "bind") return ok;
        if (call.is === "search" && call.dn.startsWith("ou=people"))
          return { is: "result", code: 0, entries: [strange] };
        return { is: "result", code: 0, entries: call.raw.includes(strange.dn) ? [group("dev")] : [] };
      };
      expect((await logIn()).identity.groups).toEqual(["dev"]);
    });
  });

  test("an id of bytes is written in hexadecimal, and asked for again as bytes", async () => {
    const guid = Uint8Array.of(0, 42, 40, 255, 92, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11);
    stand.answer = (call) => {
      if (call.is === "search" && call.dn.startsWith("ou=people"))
        return {
          is: "result",
          code: 0,
          entries: [{ ...ADA, attributes: { ...ADA.attributes, objectGUID: [guid] } }],
        };
      return honest(call);
    };
    const { users } = open().settings;
    const ldap = open({ users: { ...users, idAttribute: "objectguid" } });
    const before = await logIn(ldap);
    expect(before.identity.subject).toBe(Buffer.from(guid).toString("hex"));
    stand.calls.length = 0;
    await ldap.again(before, never);
    const [search = { raw: "" }] = stand.calls.filter(({ is }) => is === "search");
    expect(search.raw).toContain("\u0000*(");
  });

  test("tells whether somebody is still there", async () => {
    const ldap = open();
    const before = await logIn(ldap);
    expect((await ldap.again(before, never)).identity).toEqual(before.identity);
    const gone = { ...before, identity: { ...before.identity, subject: "u-2" } };
    expect(await refusal(ldap.again(gone, never))).toMatchObject({ code: "sign-on" });
    stand.answer = (call) => (call.is === "search" ? { is: "result", code: 51 } : honest(call));
    expect(await refusal(ldap.again(before, never))).toMatchObject({ code: "provider-unreachable" });
  });

  test("whose id is the entry's name is asked for by it", async () => {
    const ldap = open({ users: { ...open().settings.users, idAttribute: "dn" } });
    const before = await logIn(ldap);
    expect(before.identity.subject).toBe(ADA.dn);
    stand.answer = (call) =>
      call.is === "search" && call.dn === ADA.dn ? { is: "result", code: 0, entries: [ADA] } : honest(call);
    expect((await ldap.again(before, never)).identity).toEqual(before.identity);
    stand.answer = (call) => (call.is === "search" ? { is: "result", code: 32 } : honest(call));
    expect(await refusal(ldap.again(before, never))).toMatchObject({ code: "sign-on" });
    expect(await refusal(logIn(ldap))).toMatchObject({ code: "provider-unreachable" });
  });
});
