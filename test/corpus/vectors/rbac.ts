import { AccessPolicy, projectOfRequest } from "../../../src/core/access/access-policy.ts";
import { BUILTIN_POLICY } from "../../../src/core/access/builtin-policy.ts";
import { can, isGroupName } from "../../../src/core/access/can.ts";
import { whyNoRequest } from "../../../src/core/access/check-policy.ts";
import { type PolicyLine, parsePolicy } from "../../../src/core/access/policy-text.ts";
import { linesOfProject, rolesOf } from "../../../src/core/access/project-roles.ts";
import { readAccessSettings } from "../../../src/core/access/rbac-config-map.ts";
import { subjectOfClaims } from "../../../src/core/access/subject.ts";
import { type Player, played, type Vector } from "./vector.ts";

/** A policy that cannot be read as a whole is refused and the one before stays: here, none. */
function linesOf(text: string | null | undefined): PolicyLine[] {
  const { lines, problems } = parsePolicy(text ?? "", "policy.csv");
  return problems.length === 0 ? lines : [];
}

function policyOf(vector: Vector): AccessPolicy {
  const { policy, builtinPolicy, usesBuiltin, defaultRole, matchMode, projects = [], runtimePolicy } = vector;
  return new AccessPolicy({
    lines: [
      ...(usesBuiltin === true ? BUILTIN_POLICY : linesOf(builtinPolicy)),
      ...linesOf(policy),
      ...linesOf(runtimePolicy),
      ...(vector["runtimeIsBuiltin"] === true ? BUILTIN_POLICY : []),
    ],
    projects: new Map(
      projects.map(({ name, roles }: { name: string; roles: unknown[] }) => [
        name,
        linesOfProject(name, rolesOf(roles)).lines,
      ]),
    ),
    matchMode,
    defaultRole: defaultRole === "" ? undefined : defaultRole,
  });
}

const valid: Player = ({ policy, valid }) =>
  played(parsePolicy(policy, "policy.csv").problems.length === 0, valid);

export const RBAC: Readonly<Record<string, Player>> = {
  enforce: (vector) => {
    const { enabled, subject, claims, scopes, claimsAlways, resource, action, object, expected } = vector;
    if (enabled === false) return { is: "not applicable", why: "permissions cannot be turned off here" };
    if (claimsAlways !== undefined && claimsAlways !== null && claims !== undefined && claimsAlways === true)
      return { is: "not applicable", why: "nobody else answers for claims" };
    const who =
      typeof subject === "string"
        ? { name: subject, groups: [] }
        : claims === null || claims === undefined
          ? { name: "", groups: [] }
          : subjectOfClaims(claims, scopes ?? []);
    return played(policyOf(vector).decide(who, { resource, action, object }).is === "allowed", expected);
  },
  can: (vector) => {
    const { subject, resource, action, object, expected } = vector;
    const who = isGroupName(subject) ? { name: "", groups: [subject] } : { name: subject, groups: [] };
    return played(can(policyOf(vector), who, { resource, action, object }).is === "allowed", expected);
  },
  "policy-syntax": valid,
  "policy-line": valid,
  // Its lines are words, which are no policy: where each of them was looked for says the order.
  "policy-overlay": ({ configMap, expected }) =>
    played(
      readAccessSettings(configMap)
        .problems.filter(({ severity }) => severity === "error")
        .map(({ object = "" }) => configMap[object])
        .join("\n"),
      expected,
    ),
  "resource-action": ({ resource, action, valid }) =>
    played(whyNoRequest(resource, action) === undefined, valid),
  "is-group-subject": ({ subject, expected }) => played(isGroupName(subject), expected),
  "project-of-request": ({ projects, resource, action, object, expectedProject }) =>
    played(
      projectOfRequest({ resource, action, object }, (name) => projects.includes(name)),
      expectedProject,
    ),
};
