import { describe, expect, test } from "bun:test";
import { showProblem } from "../model/problem.ts";
import { BUILTIN_POLICY } from "./builtin-policy.ts";
import { checkPolicy } from "./check-policy.ts";
import { parsePolicy } from "./policy-text.ts";
import { linesOfProject, rolesOf } from "./project-roles.ts";
import { readAccessSettings } from "./rbac-config-map.ts";
import { subjectOfClaims } from "./subject.ts";

const said = (text: string): string[] => parsePolicy(text, "policy.csv").problems.map(showProblem);

describe("parsePolicy()", () => {
  test("takes comments, empty lines, spaces and quotes", () => {
    const { lines, problems } = parsePolicy(
      "# note\n\n  p , role:a".replace("p ", "p") +
        ',  applications, *, "team/{a,b}", allow\r\ng, "a ""b""", role:a\n',
      "policy.csv",
    );
    expect(problems).toEqual([]);
    expect(lines).toMatchObject([
      { is: "permission", subject: "role:a", object: "team/{a,b}", effect: "allow", place: { line: 3 } },
      { is: "membership", member: 'a "b"', role: "role:a", place: { line: 4 } },
    ]);
  });

  test.each([
    ["p, a, applications, get, x/* allow", "a permission has five fields after p, and this one has 4"],
    ["p, a, applications, get, x/*, allow, more", "a permission has five fields after p, and this one has 6"],
    ["g, a", "a membership has two fields after g, and this one has 1"],
    ["q, a, b", 'a line begins with p or g, and not with "q"'],
    ['p, "a, applications, get, *, allow', "a quoted field does not end"],
    ['p, a"b, applications, get, *, allow', "a quote stands inside a field"],
    [
      'p, "a"b, applications, get, *, allow',
      "a quoted field does not end, or something stands behind its quote",
    ],
  ])("refuses %s", (text, why) => {
    const [problem = ""] = said(`g, x, role:admin\n${text}`);
    expect(problem).toContain(why);
    expect(problem).toContain("policy.csv");
    expect(parsePolicy(`\n${text}`, "policy.csv").problems[0]?.line).toBe(2);
  });
});

describe("checkPolicy()", () => {
  const warned = (text: string, defaultRole?: string): string[] =>
    checkPolicy(parsePolicy(text, "policy.csv").lines, {
      matchMode: "glob",
      builtin: BUILTIN_POLICY,
      ...(defaultRole === undefined ? {} : { defaultRole }),
    }).map(({ text: why }) => why);
  test.each([
    [
      "p, role:dev, application, get, */*, allow",
      "there is no resource application (did you mean applications?)",
    ],
    [
      "p, role:dev, applications, snyc, */*, allow",
      "nothing snyc can be done to applications (did you mean sync?)",
    ],
    ["p, role:dev, logs, create, */*, allow", "nothing create can be done to logs"],
    ["p, role:dev, applications, get, */*, Allow", "Allow is no effect: the line does nothing"],
    ["p, *, applications, get, */*, allow", "* as a subject is a name and stands for nobody"],
    ["p, ann , applications, get, */*, allow", '"ann " ends with a space, and stands for nothing else'],
    ["p, ann, applications, get, {a, allow", "{a is no pattern and matches nothing"],
    ["g, ann, role:amdin", "no line says what role:amdin may (did you mean role:admin?)"],
  ])("warns of %s", (text, why) => {
    expect(warned(text)).toEqual([expect.stringContaining(why)]);
  });
  test("warns of a default role that nothing defines, and of nothing in a sound policy", () => {
    expect(warned("", "role:radonly")).toEqual([
      "no line says what role:radonly may (did you mean role:readonly?)",
    ]);
    expect(
      warned(
        "p, role:dev, applications, action/apps/Deployment/restart, team/*, allow\np, role:dev, *, get, *, allow\ng, org:dev, role:dev\ng, ann, role:admin",
        "role:readonly",
      ),
    ).toEqual([]);
  });
});

describe("roles of projects", () => {
  const lines = (policies: string[]): string[] => {
    const { lines: all, problems } = linesOfProject(
      "team",
      rolesOf([{ name: "ci", policies, groups: ["org:a"] }]),
    );
    return problems.length > 0 ? problems.map(showProblem) : all.map(({ is }) => is);
  };
  test("give sight of the project, their lines, and their groups", () => {
    expect(lines(["p, proj:team:ci, applications, sync, team/*, allow"])).toEqual([
      "permission",
      "permission",
      "membership",
    ]);
  });
  test.each([
    ["p, proj:team:other, applications, sync, team/*, allow", "its subject must be proj:team:ci"],
    ["p, proj:team:ci, projects, update, team/*, allow", "a project gives nothing on projects"],
    ["p, proj:team:ci, applications, sync, */*, allow", "its object must begin with team/"],
    ["p, proj:team:ci, applications, sync, teams/*, allow", "its object must begin with team/"],
    ["p, proj:team:ci, applications, sync, team/*, Allow", "its effect is allow or deny"],
    ["g, ann, proj:team:ci", "a role holds permissions and no memberships"],
    ["p, proj:team:ci", "a permission has five fields"],
  ])("one line that is wrong drops all: %s", (line, why) => {
    expect(lines(["p, proj:team:ci, applications, get, team/*, allow", line])).toEqual([
      expect.stringContaining(why),
    ]);
  });
});

describe("readAccessSettings()", () => {
  test("joins its documents in the order of their keys", () => {
    const { settings, problems } = readAccessSettings({
      "policy.b.csv": "g, b, role:admin",
      "policy.csv": "g, first, role:admin",
      "policy.a.csv": "g, a, role:admin",
      "policy.default": "role:readonly",
      "policy.matchMode": "regex",
      scopes: "[groups, email]",
    });
    expect(problems).toEqual([]);
    expect(settings).toMatchObject({
      lines: [{ member: "first" }, { member: "a" }, { member: "b" }],
      defaultRole: "role:readonly",
      matchMode: "regex",
      scopes: ["groups", "email"],
    });
  });
  test("says what is wrong by key", () => {
    expect(
      readAccessSettings({
        "policy.matchMode": "globs",
        scopes: "groups",
        "policy.defalt": "x",
        "policy.x.csv": "nonsense",
      }).problems.map(showProblem),
    ).toEqual([
      expect.stringContaining("policy.x.csv"),
      expect.stringContaining("did you mean policy.default?"),
      expect.stringContaining("must be glob or regex, and is globs"),
      expect.stringContaining("must be a list of claims"),
    ]);
  });
});

test("a subject is who a provider's own id says, with the groups of all scopes once", () => {
  const claims = {
    sub: "opaque",
    federated_claims: { user_id: "ann" },
    groups: ["a", 1, "b"],
    email: "ann@example.org",
    roles: ["b"],
  };
  expect(subjectOfClaims(claims)).toEqual({ name: "ann", groups: ["a", "b"] });
  expect(subjectOfClaims({ sub: "x" }, ["email"])).toEqual({ name: "x", groups: [] });
  expect(subjectOfClaims(claims, ["roles", "groups", "email"]).groups).toEqual(["b", "a", "ann@example.org"]);
});
