import { describe, expect, test } from "bun:test";
import type { Config } from "../config/config.ts";
import { defaultConfig } from "../config/load-config.ts";
import { parsePolicy } from "../core/access/policy-text.ts";
import { NO_ACCESS, readArgoAccess } from "../core/argocd/argo-access.ts";
import { showProblem } from "../core/model/problem.ts";
import { Secret } from "../core/model/secret.ts";
import { withArgoAccess } from "./argo-access.ts";
import { asksWho } from "./asks-who.ts";

type Data = Record<string, string>;
const DEFAULTS = defaultConfig("/etc/holdfast");
const HASH = `$2a$10$${"a".repeat(53)}`,
  OWN = `$2a$10$${"b".repeat(53)}`;

function together(
  written: Partial<Pick<Config, "accounts" | "rbac">>,
  { settings = {}, access = {}, secret = {} }: { settings?: Data; access?: Data; secret?: Data | null },
) {
  const secrets = secret === null ? undefined : new Map([["argocd-secret", secret]]);
  const held = readArgoAccess({ settings, access, secrets }, NO_ACCESS);
  const found = withArgoAccess({ ...DEFAULTS, ...written }, DEFAULTS, held);
  return { ...found, said: found.problems.map(showProblem) };
}
const lines = (text: string): Pick<Config, "rbac"> => ({
  rbac: { ...DEFAULTS.rbac, lines: parsePolicy(text, "rbac.policy").lines },
});

describe("withArgoAccess()", () => {
  test("nothing of it turns anything on, and a home that was not seen shuts the door", () => {
    const silent = together({}, {});
    expect(silent).toMatchObject({ accounts: [], homeAccess: { is: "silent" }, said: [] });
    expect(asksWho({ ...DEFAULTS, ...silent })).toBe(false);
    const unseen = withArgoAccess(DEFAULTS, DEFAULTS, undefined);
    expect(unseen.homeAccess).toEqual({ is: "unseen" });
    expect(asksWho({ ...DEFAULTS, ...unseen })).toBe(true);
    for (const settings of [{}, { "accounts.ann": "login" }] as Data[])
      expect(together({}, { settings, secret: null }).homeAccess.is).toBe("unseen");
  });

  test("takes accounts, hashes and their times, and the policy", () => {
    const { accounts, rbac, homeAccess, said } = together(
      {},
      {
        settings: { "accounts.ann": "apiKey, login", "users.session.duration": "1h" },
        secret: { "accounts.ann.password": HASH, "accounts.ann.passwordMtime": "2026-11-29T10:00:00Z" },
        access: {
          "policy.csv": "p, ann, clusters, get, ^a, allow",
          "policy.matchMode": "regex",
          "policy.default": "role:readonly",
          scopes: "[email]",
        },
      },
    );
    expect(said).toEqual([]);
    expect(accounts).toEqual([
      { name: "admin", may: ["login"], enabled: "yes" },
      {
        name: "ann",
        may: ["apiKey", "login"],
        enabled: "yes",
        passwordHash: new Secret(HASH),
        passwordChangedAt: Date.UTC(2026, 10, 29, 10),
      },
    ]);
    expect(rbac).toMatchObject({
      matchMode: "regex",
      defaultRole: "role:readonly",
      scopes: ["email"],
      lines: [{ subject: "ann" }],
    });
    expect(homeAccess).toEqual({
      ...{ is: "whole", anonymous: "may nothing", sessionMs: 3_600_000 },
      tokens: { accounts: [] },
    });
  });

  test("what the config says counts, and what differs is told", () => {
    const { accounts, rbac, said } = together(
      {
        accounts: [
          { name: "ann", may: ["login"], enabled: "yes", passwordHash: new Secret(OWN) },
          { name: "bob", may: ["login", "apiKey"], enabled: "yes" },
          { name: "admin", may: ["login"], enabled: "no" },
        ],
        rbac: { ...DEFAULTS.rbac, defaultRole: "role:own", scopes: ["own"] },
      },
      {
        settings: { "accounts.ann": "apiKey", "accounts.bob": "apiKey, login" },
        secret: { "accounts.ann.password": HASH, "accounts.bob.password": HASH, "admin.password": HASH },
        access: { "policy.default": "role:readonly", scopes: "[email]" },
      },
    );
    expect(
      accounts.map(({ name, enabled, passwordHash }) => [name, enabled, passwordHash?.reveal()]),
    ).toEqual([
      ["ann", "yes", OWN],
      ["bob", "yes", HASH],
      ["admin", "no", HASH],
    ]);
    expect(rbac).toMatchObject({ defaultRole: "role:own", scopes: ["own"] });
    const paths = ["admin.enabled", "accounts.ann", "accounts.ann.password", "policy.default", "scopes"];
    expect(
      said.map((sentence) => paths.find((path) => sentence.includes(`: ${path}: changes nothing`))),
    ).toEqual(paths);
    expect(said.join("\n")).not.toContain("$2a$");
  });

  test("lines of both are one policy, unless they are read in two ways", () => {
    const own = lines("p, bob, clusters, get, *, allow");
    const access = { "policy.csv": "p, ann, clusters, get, *, deny" };
    expect(together(own, { access }).rbac.lines).toHaveLength(2);
    const other = together(own, { access: { ...access, "policy.matchMode": "regex" } });
    expect(other.rbac).toMatchObject({ matchMode: "glob", lines: [{ subject: "bob" }] });
    expect(other.said[0]).toContain("no line of the ConfigMap holds");
  });

  test("a policy that could never be read gives nothing", () => {
    const { rbac, homeAccess } = together(
      {},
      { access: { "policy.csv": "g, ann", "policy.default": "role:admin" } },
    );
    expect(rbac).toMatchObject({ lines: [], defaultRole: undefined });
    expect(homeAccess.is).toBe("whole");
  });
});
