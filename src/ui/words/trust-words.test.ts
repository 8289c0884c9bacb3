import { describe, expect, test } from "bun:test";
import { lackOf } from "./trust-lack.ts";
import { fingerprintOf, givenFor } from "./trust-words.ts";

const UNKNOWN = "no key of the host git.example.com is known, and unknown hosts are refused";
/** GitHub's, as its documentation publishes it with its fingerprint. */
const KEY = "AAAAC3NzaC1lZDI1NTE5AAAAIOMqqnkVzrm0SdG6UOoqKLsabgH5C9okWi0dh2l9GKJl";

describe("what a server that is not believed lacks", () => {
  test.each([
    ["git@git.example.com:team/a.git", UNKNOWN, "git.example.com", "ssh-keyscan git.example.com"],
    ["git.example.com:team/a.git", UNKNOWN, "git.example.com", "ssh-keyscan git.example.com"],
    ["ssh://git@GIT.example.com/a.git", UNKNOWN, "git.example.com", "ssh-keyscan git.example.com"],
    [
      "ssh://git@git.example.com:2222/a.git",
      "the host's key is not among its known hosts",
      "[git.example.com]:2222",
      "ssh-keyscan -p 2222 git.example.com",
    ],
  ])("%s: %s", (repository, message, host, scan) => {
    expect(lackOf(repository, message)).toEqual({ is: "host-key", host, scan });
  });

  test("is nothing where something else is the matter, or the address is none, or is a line for a shell", () => {
    expect(lackOf("https://git.example.com:8443/a.git", "self-signed certificate")).toEqual({
      ...{ is: "authority", host: "git.example.com" },
    });
    for (const [repository, message] of [
      ["git@git.example.com:a.git", "permission denied (publickey)"],
      ["https://git.example.com/a.git", UNKNOWN],
      ["ssh://git@git.example.com/a.git", "self-signed certificate"],
      ["/srv/git/a.git", UNKNOWN],
      ["ssh://git@-oProxyCommand=x/a.git", UNKNOWN],
      ["ssh://git@a;reboot/a.git", UNKNOWN],
    ] as const)
      expect([repository, lackOf(repository, message)]).toEqual([repository, undefined]);
  });
});

describe("what was pasted", () => {
  const lack = { is: "host-key", host: "git.example.com", scan: "" } as const;

  test("has the fingerprint that its owner publishes", async () => {
    const read = givenFor(lack, `# git.example.com:22 SSH-2.0\ngit.example.com ssh-ed25519 ${KEY}\n`);
    if (read.is === "wrong") throw new Error(read.why);
    expect(read.all.map(({ name, item }) => [name, item.serverName])).toEqual([
      ["ssh-ed25519", "git.example.com"],
    ]);
    expect(await fingerprintOf(lack, read.all[0] as never)).toBe(
      "SHA256:+DiY3wvvV6TuJJhbpZisF/zLDA0zPMSvHdkr4UvCOqU",
    );
  });

  test("is of the host that is asked for alone, and whole", () => {
    const why = (text: string): string | undefined => {
      const read = givenFor(lack, text);
      return read.is === "wrong" ? read.why : undefined;
    };
    expect(why(`evil.example.com ssh-ed25519 ${KEY}`)).toContain("that is a key of evil.example.com");
    expect(why(`git.example.com,evil.example.com ssh-ed25519 ${KEY}`)).toContain("evil.example.com");
    expect(why("git.example.com ssh-ed25519 <b>")).toContain("no base64");
    expect(why("")).toBeDefined();
  });

  test("of certificates each has its own", async () => {
    const authority = { is: "authority", host: "git.example.com" } as const;
    const pem = (body: string) => `-----BEGIN CERTIFICATE-----\n${btoa(body)}\n-----END CERTIFICATE-----\n`;
    const read = givenFor(authority, pem("one") + pem("two"));
    if (read.is === "wrong") throw new Error(read.why);
    const shown = await Promise.all(read.all.map((one) => fingerprintOf(authority, one)));
    expect(shown[0]).toBe(
      "SHA256:76:92:C3:AD:35:40:BB:80:3C:02:0B:3A:EE:66:CD:88:87:12:32:34:EA:0C:6E:71:43:C0:AD:D7:3F:F4:31:ED",
    );
    expect([shown.length, new Set(read.all.map(({ item }) => item)).size]).toEqual([2, 1]);
    expect(givenFor(authority, "-----BEGIN CERTIFICATE-----\nabc").is).toBe("wrong");
  });
});
