import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { ANYWHERE, matchesGlob } from "../../lib/glob.ts";
import { compileGoRegexp } from "../../lib/go-regexp.ts";
import { AccessPolicy, type AccessRequest, type MatchMode } from "./access-policy.ts";
import { BUILTIN_POLICY } from "./builtin-policy.ts";
import { type PolicyLine, parsePolicy } from "./policy-text.ts";
import { linesOfProject } from "./project-roles.ts";
import type { Subject } from "./subject.ts";

interface Setting {
  defaultRole?: string;
  matchMode?: MatchMode;
  projects?: Record<string, PolicyLine[]>;
}
function policy(
  text: string,
  { defaultRole, matchMode = "glob", projects = {} }: Setting = {},
): AccessPolicy {
  const { lines, problems } = parsePolicy(text, "policy.csv");
  expect(problems).toEqual([]);
  return new AccessPolicy({
    lines: [...BUILTIN_POLICY, ...lines],
    projects: new Map(Object.entries(projects)),
    matchMode,
    defaultRole,
  });
}
/** `who[,group…] action resource object`. */
function ask(question: string): [Subject, AccessRequest] {
  const [who = "", action = "", resource = "", object = ""] = question.split(" ");
  const [name = "", ...groups] = who.split(",");
  return [
    { name, groups },
    { action, resource, object },
  ];
}
const roleOf = (project: string, name: string, policies: string[], groups: string[] = []) =>
  linesOfProject(project, [{ name, policies, groups }]).lines;

describe("decide()", () => {
  const cases: [
    name: string,
    text: string,
    setting: Setting,
    question: string,
    want: "allowed" | "denied",
  ][] = [
    [
      "the first account is an administrator",
      "",
      {},
      "admin delete/apps/Deployment/a/b applications a/b",
      "allowed",
    ],
    ["nobody may what nothing says", "", {}, "ann get applications a/b", "denied"],
    ["a user has a role", "g, ann, role:readonly", {}, "ann get logs a/b", "allowed"],
    ["and nothing beyond it", "g, ann, role:readonly", {}, "ann sync applications a/b", "denied"],
    [
      "an application in another namespace",
      "p, ann, applications, sync, team/*, allow",
      {},
      "ann sync applications team/ns/web",
      "allowed",
    ],
    [
      "update gives no single objects",
      "p, ann, applications, update, */*, allow",
      {},
      "ann update/apps/Deployment/a/b applications a/b",
      "denied",
    ],
    [
      "deny wins, whatever comes first",
      "p, ann, applications, get, a/b, deny\np, ann, applications, get, *, allow",
      {},
      "ann get applications a/b",
      "denied",
    ],
    [
      "deny of a built-in permission",
      "p, role:readonly, applications, get, secret/*, deny\ng, ann, role:readonly",
      {},
      "ann get applications secret/b",
      "denied",
    ],
    [
      "the default role cannot be denied",
      "p, ann, applications, get, *, deny",
      { defaultRole: "role:readonly" },
      "ann get applications a/b",
      "allowed",
    ],
    [
      "a deny of the default role denies only what it gave",
      "p, role:no, applications, get, *, deny\np, ann, applications, get, *, allow",
      { defaultRole: "role:no" },
      "ann get applications a/b",
      "allowed",
    ],
    ["a group by a membership", "g, org:a, role:admin", {}, "u,org:a delete projects p", "allowed"],
    [
      "a group by a permission alone is nobody",
      "p, org:a, projects, delete, *, allow",
      {},
      "u,org:a delete projects p",
      "denied",
    ],
    [
      "what one group is denied, another may give",
      "p, role:no, projects, get, *, deny\ng, org:a, role:no\ng, org:b, role:readonly",
      {},
      "u,org:a,org:b get projects p",
      "allowed",
    ],
    ["ten links of roles", `${chain(9)}\ng, role:9, role:readonly`, {}, "role:0 get projects p", "allowed"],
    ["eleven are too many", `${chain(10)}\ng, role:10, role:readonly`, {}, "role:0 get projects p", "denied"],
    [
      "roles in a circle",
      "g, role:a, role:b\ng, role:b, role:a\ng, ann, role:a",
      {},
      "ann get projects p",
      "denied",
    ],
    [
      "an expression is looked for anywhere",
      "p, ann, applications, get, team, allow",
      { matchMode: "regex" },
      "ann get applications other-team/x",
      "allowed",
    ],
    [
      "unless it is anchored",
      "p, ann, applications, get, ^team/.*$, allow",
      { matchMode: "regex" },
      "ann get applications other-team/x",
      "denied",
    ],
    [
      "an expression that cannot be read matches nothing",
      "p, ann, applications, get, (, allow",
      { matchMode: "regex" },
      "ann get applications (",
      "denied",
    ],
    [
      "a project's token",
      "",
      { projects: { a: roleOf("a", "ci", ["p, proj:a:ci, applications, sync, a/*, allow"]) } },
      "proj:a:ci sync applications a/x",
      "allowed",
    ],
    [
      "sees its project",
      "",
      { projects: { a: roleOf("a", "ci", []) } },
      "proj:a:ci get projects a",
      "allowed",
    ],
    [
      "has nothing in another project, whatever is written",
      "p, proj:a:ci, applications, sync, b/*, allow",
      { projects: { a: roleOf("a", "ci", []), b: [] } },
      "proj:a:ci sync applications b/x",
      "denied",
    ],
    [
      "but the default role",
      "",
      { defaultRole: "role:readonly", projects: { a: roleOf("a", "ci", []), b: [] } },
      "proj:a:ci get applications b/x",
      "allowed",
    ],
    [
      "is no member of the groups that it claims",
      "g, org:a, role:admin",
      { projects: { a: roleOf("a", "ci", []) } },
      "proj:a:ci,org:a sync applications a/x",
      "denied",
    ],
    [
      "a group of a project's role",
      "",
      { projects: { a: roleOf("a", "ci", ["p, proj:a:ci, applications, sync, a/*, allow"], ["org:d"]) } },
      "u,org:d sync applications a/x",
      "allowed",
    ],
    [
      "and elsewhere not",
      "",
      {
        projects: {
          a: roleOf("a", "ci", ["p, proj:a:ci, applications, sync, a/*, allow"], ["org:d"]),
          b: [],
        },
      },
      "u,org:d sync applications b/x",
      "denied",
    ],
    [
      "a project's role of another project's name gives nothing",
      "",
      { projects: { a: roleOf("a", "ci", ["p, proj:a:ci, applications, sync, b/*, allow"]) } },
      "proj:a:ci get projects a",
      "denied",
    ],
  ];
  test.each(cases)("%s", (_, text, setting, question, want) => {
    expect(policy(text, setting).decide(...ask(question)).is).toBe(want);
  });

  test("says which line decided", () => {
    const text =
      "p, role:dev, applications, *, team/*, allow\n\np, ann, applications, delete, team/db, deny\ng, ann, role:dev";
    const made = policy(text);
    expect(made.decide(...ask("ann sync applications team/db"))).toEqual({
      is: "allowed",
      because: {
        of: "subject",
        name: "ann",
        line: { document: "policy.csv", line: 1, text: "p, role:dev, applications, *, team/*, allow" },
      },
    });
    expect(made.decide(...ask("ann delete applications team/db"))).toMatchObject({
      is: "denied",
      because: { of: "subject", line: { line: 3 } },
    });
    expect(made.decide(...ask("eve get applications team/db"))).toEqual({ is: "denied", because: "nothing" });
  });
});

/** `role:0` has `role:1` has … has `role:n`. */
function chain(n: number): string {
  return Array.from({ length: n }, (_, at) => `g, role:${at}, role:${at + 1}`).join("\n");
}

describe("against an evaluator that tries everything", () => {
  const name = fc.constantFrom("ann", "org:a", "role:a", "role:b", "role:c", "proj:x:r", "*");
  const line = fc.oneof(
    fc.tuple(
      name,
      fc.constantFrom("*", "applications", "app*", "projects"),
      fc.constantFrom("*", "get", "sync", "action/*"),
      fc.constantFrom("*", "x/*", "x/a", "y/*", "{x,y}/a", "x"),
      fc.constantFrom("allow", "deny", "allow", "Allow"),
    ),
    fc.tuple(name, name),
  );
  const lines = fc
    .array(line, { maxLength: 8 })
    .map((all) => all.map((fields) => [fields.length === 2 ? "g" : "p", ...fields].join(", ")).join("\n"));

  test("decides the same", () => {
    fc.assert(
      fc.property(
        lines,
        lines,
        fc.constantFrom("ann", "role:a", "proj:x:r"),
        fc.subarray(["org:a", "role:b"]),
        fc.constantFrom("applications", "projects", "clusters"),
        fc.constantFrom("get", "sync", "action/restart"),
        fc.constantFrom("x/a", "y/a", "x"),
        fc.constantFrom(undefined, "role:c"),
        (text, own, name, groups, resource, action, object, defaultRole) => {
          const [everywhere, inX] = [text, own].map((each) => parsePolicy(each, "p").lines) as [
            PolicyLine[],
            PolicyLine[],
          ];
          const subject = { name, groups };
          const request = { resource, action, object };
          const made = new AccessPolicy({
            lines: everywhere,
            projects: new Map([["x", inX]]),
            matchMode: "glob",
            defaultRole,
          });
          const isInX = resource === "projects" ? object === "x" : object.startsWith("x/");
          const all = isInX ? [...everywhere, ...inX] : everywhere;
          const may = (who: string): boolean => naive(all, who, request);
          const isToken = name.startsWith("proj:") && isInX;
          const want =
            (defaultRole !== undefined && may(defaultRole)) ||
            may(name) ||
            (!isToken &&
              groups.some(
                (group) =>
                  all.some((each) => each.is === "membership" && each.member === group) && may(group),
              ));
          expect(made.decide(subject, request).is).toBe(want ? "allowed" : "denied");
        },
      ),
      { numRuns: 3_000 },
    );
  });
});

describe("patterns that are read without their library", () => {
  const modes: [MatchMode, string[], (pattern: string, text: string) => boolean][] = [
    [
      "glob",
      ["*", "", "a", "a/*", "a*", "*a", "a/", "a?", "{a,b}/*"],
      (pattern, text) => matchesGlob(pattern, text, ANYWHERE),
    ],
    [
      "regex",
      ["", "^", "a", "a/", "^a", "^a/.*", "^a/.*$", "^.*$", ".*", "^a-b.*$", "^$", "a.b", "^a_.*$"],
      (pattern, text) => {
        const regexp = compileGoRegexp(pattern);
        return regexp.ok && regexp.finds(text);
      },
    ],
  ];
  const texts = ["", "a", "a/", "a/b", "b/a", "ba", "a/\n", "\na", "a-b", "a.b", "a_b", "b/x"];
  test.each(modes)("mean the same: %s", (matchMode, patterns, want) => {
    const all = matchMode === "glob" ? "*" : ".*";
    const wrong = patterns.flatMap((pattern) => {
      const made = new AccessPolicy({
        lines: [
          {
            is: "permission",
            subject: "ann",
            resource: all,
            action: all,
            object: pattern,
            effect: "allow",
            place: { document: "p", line: 1, text: "" },
          },
        ],
        projects: new Map(),
        matchMode,
        defaultRole: undefined,
      });
      return texts.filter((object) => {
        const { is } = made.decide({ name: "ann", groups: [] }, { resource: "x", action: "get", object });
        return (is === "allowed") !== want(pattern, object);
      });
    });
    expect(wrong).toEqual([]);
  });
});

function naive(
  lines: readonly PolicyLine[],
  who: string,
  { resource, action, object }: AccessRequest,
): boolean {
  const has = (from: string, to: string, links: number): boolean =>
    from === to ||
    (links > 0 &&
      lines.some(
        (line) => line.is === "membership" && line.member === from && has(line.role, to, links - 1),
      ));
  const fits = (pattern: string, text: string): boolean =>
    new RegExp(
      `^${pattern.replaceAll("*", ".*").replaceAll("{", "(?:").replaceAll("}", ")").replaceAll(",", "|")}$`,
    ).test(text);
  const effects = lines.flatMap((line) =>
    line.is === "permission" &&
    // Through each of the seven names once: what is further away than that is nearer by another way.
    has(who, line.subject, 6) &&
    fits(line.resource, resource) &&
    fits(line.action, action) &&
    fits(line.object, object)
      ? [line.effect]
      : [],
  );
  return effects.includes("allow") && !effects.includes("deny");
}
