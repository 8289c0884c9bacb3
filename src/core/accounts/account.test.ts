import { describe, expect, test } from "bun:test";
import { type Account, isAccountName, readAccounts } from "./account.ts";

const ADMIN: Account = { name: "admin", may: ["login"], enabled: "yes" };

describe("readAccounts()", () => {
  const cases: { name: string; data: Record<string, string>; accounts: Account[]; says?: string[] }[] = [
    { name: "has an administrator where nothing is said", data: { url: "https://x" }, accounts: [ADMIN] },
    {
      name: "reads what an account can, spaces and doubles included",
      data: { "accounts.ci": " apiKey , login,apiKey", "accounts.ann": "login" },
      accounts: [
        ADMIN,
        { name: "ann", may: ["login"], enabled: "yes" },
        { name: "ci", may: ["apiKey", "login"], enabled: "yes" },
      ],
    },
    {
      name: "reads who is disabled, whichever key stands first",
      data: { "accounts.ann.enabled": "false", "accounts.ann": "login", "admin.enabled": "F" },
      accounts: [
        { ...ADMIN, enabled: "no" },
        { name: "ann", may: ["login"], enabled: "no" },
      ],
    },
    {
      name: "the administrator may have tokens too",
      data: { "accounts.admin": "apiKey" },
      accounts: [{ name: "admin", may: ["login", "apiKey"], enabled: "yes" }],
    },
    {
      name: "leaves out an account that can what no account can",
      data: { "accounts.ann": "login, root" },
      accounts: [ADMIN],
      says: ['accounts.ann says "root", which no account can'],
    },
    {
      name: "disables where it cannot be read whether it is enabled",
      data: { "accounts.ann": "login", "accounts.ann.enabled": "maybe" },
      accounts: [ADMIN, { name: "ann", may: ["login"], enabled: "no" }],
      says: ["accounts.ann.enabled must be true or false"],
    },
    {
      name: "takes no key with further parts for another account's",
      data: { "accounts.ann": "login", "accounts.ann.enabled.x": "true", "accounts.ann.password": "x" },
      accounts: [ADMIN, { name: "ann", may: ["login"], enabled: "no" }],
      says: [
        "accounts.ann.enabled.x is no key of an account",
        "accounts.ann.password is no key of an account",
      ],
    },
    {
      name: "says a flag of an account that nobody declared",
      data: { "accounts.ghost.enabled": "true" },
      accounts: [ADMIN],
      says: ["accounts.ghost.enabled is of an account that is not declared"],
    },
    {
      name: "has no account by the name of a role, a project's token, or what JavaScript has",
      data: { "accounts.role:admin": "login", "accounts.proj:a:b": "login", "accounts.": "login" },
      accounts: [ADMIN],
      says: [
        "accounts.role:admin is no key of an account",
        "accounts.proj:a:b is no key of an account",
        "accounts. is no key of an account",
      ],
    },
    {
      name: "an account without capabilities is one, and may nothing",
      data: { "accounts.idle": "" },
      accounts: [ADMIN, { name: "idle", may: [], enabled: "yes" }],
    },
    {
      name: "a name of JavaScript's own objects is a name",
      data: { "accounts.constructor": "login" },
      accounts: [ADMIN, { name: "constructor", may: ["login"], enabled: "yes" }],
    },
  ];
  test.each(cases)("$name", ({ data, accounts, says = [] }) => {
    const read = readAccounts(data, "argocd-cm");
    expect(read.accounts).toEqual(accounts);
    expect(read.problems.map(({ path, text }) => `${path} ${text}`)).toEqual(says);
  });
});

test.each([
  ["ann", true],
  ["A-b_9", true],
  ["-ann", false],
  ["ann.b", false],
  ["ann:b", false],
  ["ann b", false],
  ["ａｄｍｉｎ", false],
  ["аdmin", false],
  ["admin\u0000", false],
  ["admin\n", false],
  ["", false],
  ["a".repeat(65), false],
])("isAccountName() of %j is %p", (name, is) => {
  expect(isAccountName(name)).toBe(is);
});
