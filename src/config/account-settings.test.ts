import { describe, expect, test } from "bun:test";
import { readAccounts } from "../core/accounts/account.ts";
import { readForeignPasswords } from "../core/accounts/foreign-passwords.ts";
import { type FieldPath, showPath } from "../lib/field-path.ts";
import { parseYaml } from "../lib/yaml.ts";
import { ACCOUNT, accountTexts } from "./account-settings.ts";
import { readSection, type Values } from "./read-settings.ts";

const BCRYPT = `$2a$10$${"a".repeat(53)}`;

function read(text: string) {
  const said: string[] = [];
  const report = (path: FieldPath, what: string) => {
    said.push(`${showPath(path)} ${what}`);
  };
  const context = {
    env: { HASH: BCRYPT },
    folder: "/etc/holdfast",
    report,
    readFile: () => BCRYPT,
    validateCron: () => undefined,
  };
  const table = {
    accounts: { is: "sections", doc: "", keys: ACCOUNT, required: ["name"], example: [] },
  } as const;
  const values = readSection(parseYaml(text, {}).documents[0]?.value, table, [], context);
  const texts = accountTexts(values["accounts"] as Values[], report);
  return { said, texts };
}

describe("accounts of the config", () => {
  test("say what Argo CD's keys say", () => {
    const { said, texts } = read(`
accounts:
  - { name: ann, may: [login, apiKey], passwordHash: "\${HASH}" }
  - { name: ci, may: [apiKey] }
  - { name: bob, enabled: false, passwordHash: { file: bob.hash } }
  - { name: admin, enabled: false, passwordHash: "\${HASH}" }
`);
    expect(said).toEqual([]);
    expect(readAccounts(texts.settings, "config")).toEqual({
      problems: [],
      accounts: [
        { name: "admin", may: ["login"], enabled: "no" },
        { name: "ann", may: ["login", "apiKey"], enabled: "yes" },
        { name: "bob", may: ["login"], enabled: "no" },
        { name: "ci", may: ["apiKey"], enabled: "yes" },
      ],
    });
    expect(
      readForeignPasswords(texts.secret, "config")
        .passwords.map(({ account, hash }) => `${account} ${hash === BCRYPT}`)
        .sort(),
    ).toEqual(["admin true", "ann true", "bob true"]);
  });

  test.each([
    ["- { may: [login] }", "accounts[0].name this setting is required"],
    ["- { name: a.enabled }", "accounts[0].name has 1 to 64 letters, digits, _ and -"],
    ["- { name: 'role:admin' }", "accounts[0].name has 1 to 64 letters, digits, _ and -"],
    ["- { name: ann, may: [root] }", 'accounts[0].may[0] "root" is nothing that an account can'],
    ["- { name: ann }\n  - { name: ann }", "accounts[1].name two accounts are named ann"],
  ])("%s is refused", (entry, why) => {
    expect(read(`accounts:\n  ${entry}\n`).said).toContain(why);
  });
});
