import { describe, expect, test } from "bun:test";
import { showProblem } from "../core/model/problem.ts";
import { parseConfig } from "./load-config.ts";

const BCRYPT = `$2a$10$${"a".repeat(53)}`;

function parse(text: string) {
  return parseConfig(text, "/etc/holdfast/holdfast.yaml", {
    env: { HASH: BCRYPT },
    readFile: () => `${BCRYPT}\n`,
    validateCron: () => undefined,
  });
}

describe("accounts of the config", () => {
  test("without an entry there are none", () => {
    expect(parse("poll: 10s\n")).toMatchObject({ ok: true, value: { accounts: [] } });
  });

  test("are read with what they may, and their hashes in a file or a variable", () => {
    const parsed = parse(`
accounts:
  - { name: ann, may: [login, apiKey], passwordHash: "\${HASH}" }
  - { name: ci, may: [apiKey] }
  - { name: bob, enabled: false, passwordHash: { file: bob.hash } }
  - { name: admin, enabled: false }
`);
    if (!parsed.ok) throw new Error(parsed.problems.map(showProblem).join());
    expect(
      parsed.value.accounts.map(({ passwordHash, ...account }) => ({
        ...account,
        hash: passwordHash?.reveal().trim() === BCRYPT,
      })),
    ).toEqual([
      { name: "ann", may: ["login", "apiKey"], enabled: "yes", hash: true },
      { name: "ci", may: ["apiKey"], enabled: "yes", hash: false },
      { name: "bob", may: ["login"], enabled: "no", hash: true },
      { name: "admin", may: ["login"], enabled: "no", hash: false },
    ]);
    expect(JSON.stringify(parsed)).not.toContain(BCRYPT);
  });

  test.each([
    ["- { may: [login] }", "accounts[0].name: this setting is required"],
    ["- { name: a.enabled }", "accounts[0].name: has 1 to 64 letters, digits, _ and -"],
    ["- { name: 'role:admin' }", "accounts[0].name: has 1 to 64 letters, digits, _ and -"],
    ["- { name: ann, may: [root] }", 'accounts[0].may[0]: "root" is nothing that an account can'],
    ["- { name: ann }\n  - { name: ann }", "accounts[1].name: two accounts are named ann"],
    [
      "- { name: ann, passwordHash: hunter2 }",
      "accounts[0].passwordHash: is neither a bcrypt nor an argon2id",
    ],
    [
      `- { name: ann, passwordHash: "$2a$31$${"a".repeat(53)}" }`,
      "accounts[0].passwordHash: is bcrypt of cost 31",
    ],
  ])("%s is refused", (entry, why) => {
    const parsed = parse(`accounts:\n  ${entry}\n`);
    const said = parsed.ok ? "taken" : parsed.problems.map(showProblem).join("\n");
    expect(said).toContain(why);
    expect(said).not.toContain("hunter2");
  });
});
