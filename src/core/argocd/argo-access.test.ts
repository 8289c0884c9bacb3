import { describe, expect, test } from "bun:test";
import { showProblem } from "../model/problem.ts";
import { type AccessMemory, NO_ACCESS, readArgoAccess } from "./argo-access.ts";

type Data = Record<string, string>;
const BCRYPT = `$2a$10$${"a".repeat(53)}`;

function read(
  { settings = {}, access = {}, secret }: { settings?: Data; access?: Data; secret?: Data | null },
  before: AccessMemory = NO_ACCESS,
) {
  const secrets =
    secret === undefined ? new Map() : secret === null ? undefined : new Map([["argocd-secret", secret]]);
  const found = readArgoAccess({ settings, access, secrets }, before);
  return { ...found.access, memory: found.memory, said: found.access.problems.map(showProblem) };
}

describe("readArgoAccess()", () => {
  test.each<[string, Parameters<typeof read>[0], "everybody" | "nobody"]>([
    ["nothing", {}, "nobody"],
    [
      "other settings alone",
      { settings: { "resource.exclusions": "", url: "https://x" }, access: { scopes: "[groups]" } },
      "nobody",
    ],
    [
      "keys without a value",
      {
        settings: { "oidc.config": " " },
        access: { "policy.csv": "\n", "policy.default": "" },
        secret: { "admin.password": "" },
      },
      "nobody",
    ],
    [
      "other keys of the Secret",
      { secret: { "server.secretkey": "x", "webhook.github.secret": "y" } },
      "nobody",
    ],
    ["an account", { settings: { "accounts.ann": "login" } }, "everybody"],
    ["a provider", { settings: { "oidc.config": "[" } }, "everybody"],
    ["a Dex", { settings: { "dex.config": "connectors: []" } }, "everybody"],
    ["that there is no administrator", { settings: { "admin.enabled": "false" } }, "everybody"],
    ["a policy", { access: { "policy.csv": "g, ann, role:admin" } }, "everybody"],
    ["a policy beside", { access: { "policy.x.csv": "g, ann, role:admin" } }, "everybody"],
    ["a default role", { access: { "policy.default": "role:readonly" } }, "everybody"],
    ["the administrator's hash", { secret: { "admin.password": BCRYPT } }, "everybody"],
    ["a hash that is none", { secret: { "accounts.ann.password": "x" } }, "everybody"],
  ])("%s", (_, texts, asks) => expect(read(texts).asks).toBe(asks));

  test("what vanishes opens no door", () => {
    const { memory } = read({ settings: { "accounts.ann": "login" } });
    expect(read({}, memory).asks).toBe("everybody");
  });

  test("a key that breaks costs its own account, and says that one may be missing", () => {
    const found = read({
      settings: {
        "accounts.ann": "login",
        "accounts.bob": "root",
        "accounts.role:admin": "login",
        "accounts.a.b.c": "login",
        "accounts.proj:x:y": "apiKey",
      },
      secret: {
        "accounts.ann.password": BCRYPT,
        "accounts.eve.password": BCRYPT,
        "accounts.bob.password": BCRYPT.replace("$10$", "$31$"),
      },
    });
    expect(found.known).toBe("partly");
    expect(found.accounts).toEqual([
      { name: "admin", may: ["login"], enabled: "yes" },
      { name: "ann", may: ["login"], enabled: "yes" },
    ]);
    expect(found.passwords?.map(({ account }) => account)).toEqual(["ann", "eve"]);
    const said = found.said.join("\n");
    for (const word of [
      "accounts.bob: says",
      "accounts.role:admin",
      "accounts.a.b.c",
      "cost 31",
      "names no such account",
    ])
      expect(said).toContain(word);
    expect(said).not.toContain(BCRYPT.slice(7));
  });

  test("accounts.admin cannot take the administrator's login, and names of Object are none", () => {
    const { accounts, passwords } = read({
      settings: {
        "accounts.admin": "apiKey",
        "accounts.__proto__": "login",
        "accounts.constructor": "login",
      },
      secret: { "accounts.admin.password": BCRYPT },
    });
    expect(accounts.map(({ name, may }) => [name, may.join()])).toEqual([
      ["admin", "login,apiKey"],
      ["constructor", "login"],
    ]);
    expect(passwords).toEqual([]);
  });

  test("a Secret that was not seen yet is not one without passwords", () => {
    expect(read({ secret: null }).passwords).toBeUndefined();
    expect(read({}).passwords).toEqual([]);
  });

  test("a line that cannot be read is named, and leaves the policy that was read last; none at first holds nothing", () => {
    const broken = {
      "policy.csv": "g, ann, role:dev\n\np, role:dev, applications",
      "policy.default": "role:admin",
    };
    const first = read({ access: broken });
    expect(first.policy).toBeUndefined();
    expect(first.said[0]).toBe(
      'ConfigMap argocd-rbac-cm: data["policy.csv"]: line 3: a permission has five fields after p, and this one has 2: p, role:dev, applications; nothing of the policy holds but what is built in. Write it like p, role:dev, applications, sync, team/*, allow or like g, ann, role:dev',
    );
    const good = read({ access: { "policy.csv": "g, ann, role:admin", "policy.default": "role:readonly" } });
    expect(good.policy?.lines).toHaveLength(1);
    const after = read({ access: broken }, good.memory);
    expect(after.policy).toBe(good.policy);
    expect(after.said[0]).toContain("; the policy that was read last holds");
    expect(read({ access: broken }, after.memory).policy).toBe(good.policy);
    for (const wrong of [{ "policy.matchMode": "fnmatch" }, { scopes: "{" }] as Data[])
      expect(read({ access: wrong }, good.memory).policy).toBe(good.policy);
    expect(read({ access: {} }, after.memory).policy?.lines).toEqual([]);
  });

  test("what a policy only seems to say is told by its line", () => {
    const { said } = read({ access: { "policy.team.csv": "\ng, ann, role:nobody" } });
    expect(said[0]).toContain(
      'ConfigMap argocd-rbac-cm: data["policy.team.csv"]: line 2: no line says what role:nobody may',
    );
  });

  test("a megabyte of slips is told as a few, in time that is not squared", () => {
    const lines = Array.from(
      { length: 20_000 },
      (_, at) => `p, role:somebody-${at}, clusters, get, *, allow\ng, user-${at}, role:nobody-${at}`,
    ).join("\n");
    const keys = Object.fromEntries(
      Array.from({ length: 20_000 }, (_, at) => [`accounts.a b${at}`, "login"]),
    );
    const { said, accounts } = read({ access: { "policy.csv": lines }, settings: keys });
    expect(accounts).toHaveLength(1);
    expect(said).toHaveLength(42);
    expect(said.at(-1)).toContain("19980 more like these");
  });

  test("sessions, patterns and who shows nothing", () => {
    expect(
      read({
        settings: {
          "users.session.duration": "2h",
          passwordPattern: "^.{20,}$",
          "users.anonymous.enabled": "True",
        },
      }),
    ).toMatchObject({
      sessionMs: 7_200_000,
      passwordPattern: "^.{20,}$",
      anonymous: "may what everybody may",
    });
    const wrong = read({
      settings: { "users.session.duration": "0", passwordPattern: "(", "users.anonymous.enabled": "yes" },
    });
    expect(wrong).toMatchObject({ anonymous: "may nothing" });
    expect([wrong.sessionMs, wrong.passwordPattern]).toEqual([undefined, undefined]);
    expect(wrong.said).toHaveLength(3);
  });
});
