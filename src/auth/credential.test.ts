import { describe, expect, test } from "bun:test";
import { addressKey } from "./address-key.ts";
import {
  digestOf,
  hintOf,
  isSameText,
  makeCredential,
  nextSecret,
  readCredential,
  systemChance,
} from "./credential.ts";

const token = () => makeCredential("token", systemChance);

describe("makeCredential()", () => {
  test("is read back as its kind and its digest, and prints as nothing", () => {
    for (const kind of ["session", "token", "device"] as const) {
      const secret = makeCredential(kind, systemChance);
      expect(readCredential(secret.reveal())).toEqual({ kind, digest: digestOf(secret) });
      expect(`${secret} ${JSON.stringify({ secret })}`).toBe('*** {"secret":"***"}');
    }
  });

  test("uses all of 256 bits, the smallest and the largest included", () => {
    const of = (byte: number) =>
      makeCredential("token", (count) => new Uint8Array(count).fill(byte)).reveal();
    expect([of(0).length, of(255).length]).toEqual([58, 58]);
    expect(of(0)).not.toBe(of(255));
    expect([of(0), of(255)].map((text) => readCredential(text)?.kind)).toEqual(["token", "token"]);
    const seen = new Set(Array.from({ length: 10_000 }, () => token().reveal()));
    expect(seen.size).toBe(10_000);
  });

  test("hints at four signs of it", () => {
    const secret = token();
    expect(hintOf(secret)).toBe(secret.reveal().slice(0, "hf_token_".length + 4));
  });
});

describe("readCredential()", () => {
  const good = token().reveal();
  test.each([
    ["nothing", ""],
    ["one sign less", good.slice(0, -1)],
    ["one sign more", `${good}a`],
    ["a line after it", `${good}\n`],
    ["a space before it", ` ${good}`],
    ["another kind", good.replace("token", "session")],
    ["a kind that is none", good.replace("token", "constructor")],
    ["one sign changed", `${good.slice(0, 20)}${good[20] === "a" ? "b" : "a"}${good.slice(21)}`],
    ["ten megabytes", good.repeat(200_000)],
    ["a JSON web token", "eyJhbGciOiJub25lIn0.eyJzdWIiOiJhZG1pbiJ9."],
    ["digits of another script", good.replace(/\d/, "٣").replace(/[a-z]$/, "ａ")],
  ])("%s is none", (_, text) => {
    expect(text === good ? undefined : readCredential(text)).toBeUndefined();
  });

  test("one mistyped sign never is another one", () => {
    for (let at = "hf_token_".length; at < good.length; at++)
      for (const sign of "0Zz")
        if (good[at] !== sign)
          expect(readCredential(good.slice(0, at) + sign + good.slice(at + 1))).toBeUndefined();
  });
});

test("nextSecret() is one for one salt, and another for another salt or another secret", () => {
  const [one, other] = [token().reveal(), token().reveal()];
  const next = nextSecret(one, "salt").reveal();
  expect(nextSecret(one, "salt").reveal()).toBe(next);
  expect(new Set([next, nextSecret(one, "pepper").reveal(), nextSecret(other, "salt").reveal()]).size).toBe(
    3,
  );
  expect(readCredential(next)?.kind).toBe("session");
});

test("isSameText() takes texts of any lengths", () => {
  expect([
    isSameText("a", "a"),
    isSameText("a", "ab"),
    isSameText("", "a"),
    isSameText("\u00e9", "e\u0301"),
  ]).toEqual([true, false, false, false]);
});

test.each([
  ["192.0.2.7", "192.0.2.7"],
  ["::ffff:192.0.2.7", "192.0.2.7"],
  ["::ffff:c000:207", "192.0.2.7"],
  ["2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"],
  ["2001:DB8:1:2::ffff", "2001:db8:1:2::/64"],
  ["[2001:db8:1:2::1]", "2001:db8:1:2::/64"],
  ["fe80::1%eth0", "fe80:0:0:0::/64"],
  ["::1", "0:0:0:0::/64"],
  ["::", "0:0:0:0::/64"],
  ["999.1.1.1", "unknown"],
  ["192.0.2.7, 198.51.100.1", "unknown"],
  ["192.0.2.7\u0000", "unknown"],
  ["", "unknown"],
])("addressKey() of %j is %s", (address, key) => expect(addressKey(address)).toBe(key));
