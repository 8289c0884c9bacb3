import { describe, expect, test } from "bun:test";
import { hashSha256 } from "../../lib/hash.ts";
import { passwordInForce, readForeignPasswords } from "./foreign-passwords.ts";
import { couldBePassword, hashShape, isWorthUpgrading, whyNoNewPassword } from "./password-hash.ts";

const BCRYPT = `$2a$10$${"a".repeat(53)}`;
const ARGON2 = `$argon2id$v=19$m=65536,t=3,p=1$${"b".repeat(43)}$${"c".repeat(43)}`;

describe("hashShape()", () => {
  test.each([
    [BCRYPT, { is: "bcrypt", shape: "bcrypt 10" }],
    [BCRYPT.replace("$2a", "$2y"), { is: "bcrypt", shape: "bcrypt 10" }],
    [ARGON2, { is: "argon2id", shape: "argon2id 65536 3 1" }],
  ] as const)("%s", (hash, shape) => expect(hashShape(hash)).toEqual(shape));
  test.each([
    ["", "neither"],
    ["hunter2", "neither"],
    [`${BCRYPT}\n`, "neither"],
    [BCRYPT.replace("$10$", "$31$"), "cost 31"],
    [BCRYPT.replace("$10$", "$03$"), "cost 3"],
    [ARGON2.replace("m=65536", "m=999999999"), "cost"],
    [ARGON2.replace("t=3", "t=1000"), "cost"],
    [ARGON2.replace("t=3", "t=0"), "cost"],
    [ARGON2.replace("p=1", "p=64"), "lanes"],
    [ARGON2.replace("argon2id", "argon2i"), "neither"],
    [ARGON2.replace("v=19", "v=16"), "neither"],
  ])("%j is not checked", (hash, why) => {
    expect(hashShape(hash)).toMatchObject({ is: "unusable", why: expect.stringContaining(why) });
  });
});

test("isWorthUpgrading() is true of all but what is made today", () => {
  expect([BCRYPT, ARGON2.replace("t=3", "t=2"), ARGON2].map(isWorthUpgrading)).toEqual([true, true, false]);
});

describe("couldBePassword()", () => {
  test.each([
    ["x", true],
    ["", false],
    ["a".repeat(1_024), true],
    ["a".repeat(1_025), false],
    ["é".repeat(513), false],
    ["ab\ud800cd", false],
    ["a\u0000b", true],
  ])("%j is %p", (text, is) => expect(couldBePassword(text)).toBe(is));
});

describe("whyNoNewPassword()", () => {
  test.each([
    ["correct horse battery", undefined],
    ["пароль для меня", undefined],
    ["short", "it has fewer than 12 signs"],
    // Eleven signs, though 22 units of UTF-16.
    ["😀😁😂😃😄😅😆😇😈😉😊", "it has fewer than 12 signs"],
    [`${"ab".repeat(20)}`, "it has fewer than 5 different signs"],
    ["Frederick123", "it is little more than the account's name"],
    ["correct horse\nbattery", "it holds a sign that nobody can type"],
    ["correct horse \udc00 battery", "it holds half of a sign"],
    ["abcdefgh".repeat(200), "it has more than 1024 bytes"],
  ])("%j: %p", (text, why) => expect(whyNoNewPassword(text, "frederick")).toBe(why as string));
});

describe("readForeignPasswords()", () => {
  test("reads Argo CD's keys, with and without times", () => {
    const read = readForeignPasswords(
      {
        "admin.password": BCRYPT,
        "admin.passwordMtime": "2026-11-29T10:00:00Z",
        "accounts.ann.password": `${BCRYPT}\n`,
        "accounts.empty.password": "",
        "accounts.ann.tokens": "[]",
        "server.secretkey": "canary",
      },
      "argocd-secret",
    );
    expect(read).toEqual({
      passwords: [
        { account: "admin", hash: BCRYPT, changedAt: Date.parse("2026-11-29T10:00:00Z") },
        { account: "ann", hash: BCRYPT, changedAt: 0 },
      ],
      problems: [],
    });
  });

  test.each([
    ["2026-11-29T10:00:00Z", 10],
    ["2026-11-29T10:00:00.5+02:00", 8],
    // As `date +%FT%T%Z` prints it, which the documentation has people write.
    ["2026-11-29T10:00:00UTC", 10],
    ["2026-11-29T10:00:00CET", 9],
    ["2026-11-29T10:00:00PST", 18],
    ["2026-11-29T10:00:00-03", 13],
  ])("%s is a time", (time, hour) => {
    const read = readForeignPasswords(
      { "admin.password": BCRYPT, "admin.passwordMtime": time },
      "argocd-secret",
    );
    expect(read.problems).toEqual([]);
    expect(Math.floor((read.passwords[0]?.changedAt ?? 0) / 1_000)).toBe(
      Date.UTC(2026, 10, 29, hour) / 1_000,
    );
  });
  test.each([
    "2026-11-29",
    "2026-11-29T10:00:00",
    "2026-11-29T10:00:00IST",
    "2026-13-29T10:00:00Z",
    "2026-11-29T10:00:00toString",
  ])("%s is none", (time) => {
    const read = readForeignPasswords(
      { "admin.password": BCRYPT, "admin.passwordMtime": time },
      "argocd-secret",
    );
    expect([read.problems.length, read.passwords[0]?.changedAt]).toEqual([1, 0]);
  });

  test("says what cannot be a hash or a time by its key, and no value", () => {
    const read = readForeignPasswords(
      {
        "admin.password": "canary-in-clear",
        "accounts.ann.password": BCRYPT,
        "accounts.ann.passwordMtime": "canary-time",
        // It would be a second password of the administrator.
        "accounts.admin.password": BCRYPT,
      },
      "argocd-secret",
    );
    expect(read.passwords).toEqual([{ account: "ann", hash: BCRYPT, changedAt: 0 }]);
    expect(read.problems.map(({ path }) => path)).toEqual(["admin.password", "accounts.ann.passwordMtime"]);
    expect(JSON.stringify(read.problems)).not.toContain("canary");
  });
});

describe("passwordInForce()", () => {
  const theirs = { account: "ann", hash: BCRYPT, changedAt: 100 };
  const ours = { account: "ann", hash: ARGON2, changedAt: 100 };
  const better = { ...ours, madeFrom: hashSha256(BCRYPT) };
  test.each([
    ["nobody has one", undefined, undefined, undefined],
    ["only theirs", undefined, theirs, "foreign"],
    ["only ours, which a person set", ours, undefined, "ours"],
    ["ours was made from theirs, which is gone", better, undefined, undefined],
    ["ours was made from theirs", better, theirs, "ours"],
    [
      "theirs is another one than ours was made from",
      better,
      { ...theirs, hash: `${BCRYPT.slice(0, -1)}b` },
      "foreign",
    ],
    ["a person set ours at the same time", ours, theirs, "ours"],
    ["theirs is newer", ours, { ...theirs, changedAt: 101 }, "foreign"],
    ["theirs has no time", ours, { ...theirs, changedAt: 0 }, "ours"],
  ] as const)("%s", (_, mine, other, is) => {
    expect(passwordInForce(mine, other, hashSha256)?.is).toBe(is as "ours");
  });
});
