import { describe, expect, test } from "bun:test";
import { AccessPolicy } from "../core/access/access-policy.ts";
import { BUILTIN_POLICY } from "../core/access/builtin-policy.ts";
import { showProblem } from "../core/model/problem.ts";
import { parseConfig } from "./load-config.ts";

const isUnused = (warning: string): boolean => warning.includes("guards nothing");

function parse(text: string, files: Record<string, string> = {}) {
  return parseConfig(text, "/etc/holdfast/holdfast.yaml", {
    env: {},
    readFile: (path) => {
      const found = files[path];
      if (found === undefined) throw Object.assign(new Error("no such file"), { code: "ENOENT" });
      return found;
    },
    validateCron: () => undefined,
  });
}

function read(text: string, files?: Record<string, string>) {
  const parsed = parse(text, files);
  if (!parsed.ok) throw new Error(parsed.problems.map(showProblem).join());
  return {
    rbac: parsed.value.rbac,
    warnings: parsed.warnings
      .map(showProblem)
      .filter((each) => !isUnused(each))
      .join("\n"),
  };
}

function refused(text: string, files?: Record<string, string>): string {
  const parsed = parse(text, files);
  return parsed.ok ? "taken" : parsed.problems.map(showProblem).join("\n");
}

describe("rbac of the config", () => {
  test("where nothing is said nobody but the built-in roles may anything", () => {
    expect(read("poll: 10s\n")).toEqual({
      rbac: { lines: [], matchMode: "glob", defaultRole: undefined, scopes: ["groups"], files: [] },
      warnings: "",
    });
  });

  test("lines in place and of files are one policy, and each says where it stands", () => {
    const { rbac, warnings } = read(
      `
rbac:
  policy: |
    p, role:dev, applications, sync, shop/*, allow
    g, ann, role:dev
  policyFiles: [policy.csv]
  defaultRole: role:readonly
  scopes: [groups, email]
`,
      { "/etc/holdfast/policy.csv": "# ours\np, role:dev, applications, sync, shop/prod, deny\n" },
    );
    expect(warnings).toBe("");
    expect(rbac).toMatchObject({
      defaultRole: "role:readonly",
      scopes: ["groups", "email"],
      files: ["/etc/holdfast/policy.csv"],
    });
    const policy = new AccessPolicy({
      ...rbac,
      lines: [...BUILTIN_POLICY, ...rbac.lines],
      projects: new Map(),
    });
    const may = (object: string, action = "sync") =>
      policy.decide({ name: "ann", groups: [] }, { resource: "applications", action, object });
    expect([
      may("shop/web").is,
      may("shop/prod").is,
      may("other/web").is,
      may("other/web", "get").is,
    ]).toEqual(["allowed", "denied", "denied", "allowed"]);
    expect(may("shop/prod").because).toMatchObject({
      line: { document: "/etc/holdfast/policy.csv", line: 2 },
    });
  });

  test("regular expressions are written as they are, dollar signs too", () => {
    const { rbac } = read(
      "rbac: { matchMode: regex, policy: 'p, ann, ^applications$, ^(get|sync)$, ^shop/.*$, allow' }",
    );
    expect(rbac.matchMode).toBe("regex");
    expect(rbac.lines).toMatchObject([{ resource: "^applications$", object: "^shop/.*$" }]);
  });

  test("what seems to say something and does not is a warning, by its line", () => {
    const { warnings } = read("rbac: { policyFiles: [a.csv], defaultRole: 'role:redonly' }", {
      "/etc/holdfast/a.csv": "p, ann, applicaitons, get, */*, allow\n",
    });
    expect(warnings).toContain(
      "/etc/holdfast/a.csv:1: there is no resource applicaitons (did you mean applications?)",
    );
    expect(warnings).toContain(
      "rbac.defaultRole: no line says what role:redonly may (did you mean role:readonly?)",
    );
  });

  test("a line that cannot be read, and a file that is not there, hold the old config", () => {
    expect(refused("rbac: { policy: 'p, ann, applications' }")).toContain("rbac.policy");
    expect(refused("rbac: { policyFiles: [gone.csv] }")).toContain(
      "rbac.policyFiles[0]: the file /etc/holdfast/gone.csv cannot be read",
    );
    expect(refused("rbac: { matchMode: fuzzy }")).toContain("rbac.matchMode");
  });
});
