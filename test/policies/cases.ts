/** Policies of few names, so that their lines meet each other, and questions of the same names. */
import fc from "fast-check";
import type { AccessRequest, MatchMode } from "../../src/core/access/access-policy.ts";
import type { Subject } from "../../src/core/access/subject.ts";

export interface PolicyCase {
  matchMode: MatchMode;
  defaultRole: string | undefined;
  /** Lines of `policy.csv`. */
  lines: string[];
  projects: Record<string, { name: string; policies: string[]; groups: string[] }[]>;
  questions: { subject: Subject; request: AccessRequest }[];
}

const PROJECTS = ["one", "two", "gone"];
const GROUPS = ["dev", "ops", "idle"];
const ROLES = ["role:a", "role:b", "role:c"];
/** A chain of more links than count. */
const CHAIN = Array.from({ length: 13 }, (_, at) => `role:${at}`);
const TOKENS = ["proj:one:ci", "proj:two:ci", "proj:gone:ci"];
const NAMES = ["ann", "bob", "*", ...TOKENS, ...GROUPS, ...ROLES, ...CHAIN];
const RESOURCES = [
  "applications",
  "applicationsets",
  "logs",
  "projects",
  "clusters",
  "repositories",
  "accounts",
];
const ACTIONS = [
  "get",
  "sync",
  "update",
  "delete",
  "update/apps/Deployment/web/shop",
  "delete/apps/Deployment/web/shop",
  "delete//Pod/web/shop-1",
  "action/apps/Deployment/restart",
  "action/batch/CronJob/create-job",
];
const OBJECTS = [
  ...PROJECTS.flatMap((project) => [
    `${project}/shop`,
    `${project}/web/shop`,
    `${project}/https://far.example`,
  ]),
  ...PROJECTS,
  "https://far.example",
  "ann",
];

const GLOBS = {
  any: "*",
  resource: [...RESOURCES, "*", "app*", "{logs,projects}", "appl?cations"],
  action: [
    ...ACTIONS,
    "*",
    "update/*",
    "delete/*",
    "delete/*/Pod/*",
    "action/*",
    "action/apps/*",
    "[gs]*",
    "*/restart",
  ],
  object: [
    ...OBJECTS,
    "*",
    "*/*",
    "one/*",
    "two/web/*",
    "one/s?op",
    "{one,two}/shop",
    "*shop",
    "on[a-f]/*",
    "[!o]*/*",
    "one/[",
    "one/\\shop",
  ],
};
const REGEXES = {
  any: ".*",
  resource: [...RESOURCES, ".*", "^app", "^applications$", "logs|projects", "s$"],
  action: [...ACTIONS, ".*", "^update/.*", "^delete", "^(get|sync)$", "Pod", "^action/apps/.*$", "/"],
  object: [...OBJECTS, ".*", "^one/.*", "^one/.*$", "shop$", "^(one|two)/shop$", "o[a-n]e/", "(", "web"],
};
const EFFECTS = ["allow", "allow", "allow", "deny", "deny", "Allow"];

const pick = fc.constantFrom;
/** One of the first ones rather than another: else hardly a line speaks of what is asked. */
const often = (all: readonly string[], first: readonly string[]) =>
  fc.oneof({ weight: 2, arbitrary: pick(...first) }, { weight: 1, arbitrary: pick(...all) });
const permission = (names: readonly string[], patterns: typeof GLOBS, effects: readonly string[]) =>
  fc
    .tuple(
      often(names, ["ann", "dev", "role:a", "role:b", "proj:one:ci"]),
      often(patterns.resource, ["applications", patterns.any]),
      often(patterns.action, ["get", patterns.any]),
      often(patterns.object, ["one/shop", patterns.any]),
      pick(...effects),
    )
    .map((fields) => ["p", ...fields.map(quoted)].join(", "));
const membership = fc
  .oneof(
    {
      weight: 3,
      arbitrary: fc.tuple(pick("ann", "bob", ...GROUPS, ...ROLES), pick(...ROLES, "role:0", ...TOKENS)),
    },
    { weight: 1, arbitrary: fc.tuple(pick(...NAMES), pick(...NAMES)) },
  )
  .map((fields) => ["g", ...fields].join(", "));
const chain = fc
  .tuple(pick("ann", "dev"), fc.nat(CHAIN.length - 1), pick(...EFFECTS))
  .map(([name, end, effect]) => [
    `g, ${name}, role:0`,
    ...CHAIN.slice(1).map((role, at) => `g, role:${at}, ${role}`),
    `p, role:${end}, applications, get, one/shop, ${effect}`,
  ]);

/** As CSV: what has a comma stands in quotes. */
function quoted(field: string): string {
  return field.includes(",") ? `"${field}"` : field;
}

const role = (project: string, patterns: typeof GLOBS) =>
  fc.record({
    name: pick("ci", "ops"),
    groups: fc.subarray(GROUPS),
    policies: fc.array(
      fc
        .tuple(
          pick(`proj:${project}:ci`, `proj:${project}:ci`, `proj:${project}:ops`),
          pick("applications", "applications", "logs", "clusters", "accounts"),
          pick(...patterns.action),
          pick("shop", "*", "web/*", ".*"),
          pick("allow", "allow", "allow", "deny"),
          fc.nat(30),
        )
        .map(([subject, resource, action, rest, effect, odd]) =>
          ["p", subject, resource, action, odd === 0 ? `other/${rest}` : `${project}/${rest}`, effect].join(
            ", ",
          ),
        ),
      { maxLength: 3 },
    ),
  });

const subject: fc.Arbitrary<Subject> = fc.oneof(
  fc.record({ name: pick("ann", "ann", "bob"), groups: fc.subarray([...GROUPS, "strangers"]) }),
  // A project's token is in no group.
  fc.record({ name: pick(...TOKENS), groups: fc.constant([]) }),
);
const request = fc.record({
  resource: often(RESOURCES, ["applications"]),
  action: often(ACTIONS, ["get", "update/apps/Deployment/web/shop", "action/apps/Deployment/restart"]),
  object: often(OBJECTS, ["one/shop", "two/web/shop"]),
});

export const policyCase: fc.Arbitrary<PolicyCase> = pick<MatchMode[]>("glob", "glob", "regex").chain(
  (matchMode) => {
    const patterns = matchMode === "glob" ? GLOBS : REGEXES;
    return fc
      .record({
        lines: fc.array(
          fc.oneof(
            { weight: 3, arbitrary: permission(NAMES, patterns, EFFECTS) },
            { weight: 2, arbitrary: membership },
          ),
          { minLength: 1, maxLength: 14 },
        ),
        chain: fc.option(chain, { nil: [], freq: 3 }),
        defaultRole: fc.option(pick("role:a", "role:0", ""), { nil: undefined }),
        projects: fc.record({
          one: fc.array(role("one", patterns), { maxLength: 2 }),
          two: fc.array(role("two", patterns), { maxLength: 1 }),
        }),
        questions: fc.array(fc.record({ subject, request }), { minLength: 8, maxLength: 8 }),
      })
      .map(({ chain: links, lines, ...rest }) => ({ ...rest, lines: [...lines, ...links], matchMode }));
  },
);
