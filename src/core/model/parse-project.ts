import { ANYWHERE, BY_SEGMENT, compileGlob, FILE_NAME, type GlobOptions } from "../../lib/glob.ts";
import { isMapping } from "../../lib/is-mapping.ts";
import { tellsSecret } from "../../lib/url-userinfo.ts";
import { parseServiceAccount } from "./acting.ts";
import { PROJECT } from "./application-shape.ts";
import { serverKey } from "./cluster-entry.ts";
import { parseManifest } from "./parse-application.ts";
import type { Parsed, Problem } from "./problem.ts";
import type { Project, ProjectSpec } from "./project.ts";
import { checkShape } from "./shape.ts";
import { readTimes, windowIdentity } from "./sync-window.ts";

type Report = (severity: Problem["severity"], path: string, text: string, fix?: string) => void;

const KIND_LISTS = [
  "clusterResourceWhitelist",
  "clusterResourceBlacklist",
  "namespaceResourceWhitelist",
  "namespaceResourceBlacklist",
] as const;
/** Limits that users rely on and that nothing here keeps yet. */
const NOT_ENFORCED = ["signatureKeys", "sourceIntegrity"] as const;
const WINDOW_LISTS = ["applications", "namespaces", "clusters"] as const;
const ROLE_NAME = /^[a-zA-Z0-9]([-_a-zA-Z0-9]*[a-zA-Z0-9])?$/;
/** Permits everything but everything. */
const DENIES_ALL = "!*";

/**
 * An AppProject as a user wrote it. A field that sets a limit which we do not keep makes it a refusal that names the
 * field: a project is never half obeyed.
 */
export function parseProject(value: unknown, { homeNamespace }: { homeNamespace: string }): Parsed<Project> {
  return parseManifest<Project>(
    value,
    "AppProject",
    homeNamespace,
    (problems) => checkShape(value, PROJECT, [], (problem) => problems.push(problem)),
    ({ spec }, report) => {
      for (const field of NOT_ENFORCED) {
        if (setsSomething(spec[field]))
          report(
            "error",
            `spec.${field}`,
            "is not enforced yet, so a project that sets it is refused",
            "Remove it, if you can do without that limit",
          );
      }
      if ((spec.description?.length ?? 0) > 255)
        report("error", "spec.description", "is longer than 255 characters");
      checkPatterns(spec, report);
      checkWindows(spec, report);
      checkRoles(spec, report);
    },
  );
}

function setsSomething(field: unknown): boolean {
  if (field === undefined || field === null || field === false) return false;
  return typeof field !== "object" || Object.keys(field).length > 0;
}

function checkPatterns(spec: ProjectSpec, report: Report): void {
  const check = (path: string, pattern: string | undefined, options: GlobOptions) => {
    if (pattern === undefined) return;
    const glob = compileGlob(pattern.replace(/^!/, ""), options);
    if (!glob.ok) report("error", path, `is no valid pattern: ${glob.problem}`);
  };
  spec.sourceRepos?.forEach((pattern, index) => {
    check(`spec.sourceRepos[${index}]`, pattern, BY_SEGMENT);
    if (tellsSecret(pattern.replace(/^!/, "")))
      report("error", `spec.sourceRepos[${index}]`, "holds a password", "Write the address without it");
    if (pattern === DENIES_ALL)
      report("error", `spec.sourceRepos[${index}]`, "!* would deny everything", "Remove it");
  });
  spec.destinations?.forEach((destination, index) => {
    for (const field of ["server", "name", "namespace"] as const) {
      const path = `spec.destinations[${index}].${field}`;
      check(path, destination[field], ANYWHERE);
      if (destination[field] === DENIES_ALL)
        report("error", path, "!* would deny everything", "Remove the destination");
    }
    if ((destination.server ?? "") === "" && (destination.name ?? "") === "")
      report(
        "warning",
        `spec.destinations[${index}]`,
        "names neither a server nor a cluster's name, so that it permits nothing",
        'Write server: "*" for every cluster',
      );
  });
  spec.orphanedResources?.ignore?.forEach((rule, index) => {
    for (const field of ["group", "kind", "name"] as const)
      check(`spec.orphanedResources.ignore[${index}].${field}`, rule[field], ANYWHERE);
  });
  checkAccounts(spec, report, check);
  checkTwins(spec, report);
  spec.sourceNamespaces?.forEach((pattern, index) => {
    const path = `spec.sourceNamespaces[${index}]`;
    const expression = /^\/(.+)\/$/.exec(pattern)?.[1];
    if (expression === undefined) check(path, pattern, ANYWHERE);
    else if (!isExpression(expression)) report("error", path, "is no valid regular expression");
  });
  for (const list of KIND_LISTS) {
    spec[list]?.forEach((rule, index) => {
      for (const field of ["group", "kind", "name"] as const)
        check(`spec.${list}[${index}].${field}`, rule[field], FILE_NAME);
    });
  }
}

function checkWindows({ syncWindows = [] }: ProjectSpec, report: Report): void {
  const identities = syncWindows.map(windowIdentity);
  syncWindows.forEach((window, index) => {
    const path = `spec.syncWindows[${index}]`;
    if (window.kind !== "allow" && window.kind !== "deny")
      report("error", `${path}.kind`, `is allow or deny, not ${JSON.stringify(window.kind)}`);
    const read = readTimes(window);
    if (!read.ok) report("error", `${path}.${read.field}`, read.problem);
    else if (read.unknownZone !== undefined)
      report("warning", `${path}.timeZone`, `there is no time zone ${read.unknownZone}, so it is UTC`);
    for (const list of WINDOW_LISTS)
      window[list]?.forEach((glob, at) => {
        const compiled = compileGlob(glob, ANYWHERE);
        if (!compiled.ok)
          report("error", `${path}.${list}[${at}]`, `is no valid pattern: ${compiled.problem}`);
      });
    if (WINDOW_LISTS.every((list) => (window[list]?.length ?? 0) === 0))
      report(
        "warning",
        path,
        "names no applications, namespaces or clusters, so that it is for none",
        'Write applications: ["*"] for all of the project',
      );
    const first = identities.indexOf(identities[index] ?? "");
    if (first < index) report("error", path, `is the same as [${first}]`, "Remove one of them");
  });
}

/** A role is named by policies and tokens: without a name nobody could have it. Source: Argo CD refuses the same. */
function checkRoles({ roles = [] }: ProjectSpec, report: Report): void {
  const names = roles.map((role) =>
    isMapping(role) && typeof role["name"] === "string" ? role["name"] : "",
  );
  names.forEach((name, index) => {
    const path = `spec.roles[${index}].name`;
    if (name === "") report("error", path, "is missing", "Give the role a name, as its policies say it");
    else if (!ROLE_NAME.test(name))
      report("error", path, "must be letters, digits, - and _, with a letter or digit at both ends");
    else if (names.indexOf(name) < index)
      report("error", path, `is the same as that of [${names.indexOf(name)}]`, "Name each role differently");
  });
}

/** As Argo CD has them: no negation, each place once, and a name that is one. */
function checkAccounts(
  { destinationServiceAccounts: rules = [] }: ProjectSpec,
  report: Report,
  check: (path: string, pattern: string | undefined, options: GlobOptions) => void,
): void {
  const places = rules.map(({ server = "", namespace = "" }) =>
    JSON.stringify([serverKey(server), namespace]),
  );
  rules.forEach((rule, index) => {
    const path = `spec.destinationServiceAccounts[${index}]`;
    for (const field of ["server", "namespace"] as const) {
      if (rule[field]?.includes("!"))
        report(
          "error",
          `${path}.${field}`,
          "takes no !",
          "Write the rule that is meant for it before the others",
        );
      else check(`${path}.${field}`, rule[field], ANYWHERE);
    }
    if (parseServiceAccount(rule.defaultServiceAccount ?? "", "default") === undefined)
      report("error", `${path}.defaultServiceAccount`, "must be a service account's name, or namespace:name");
    if (rule.server !== undefined && !/[*:?]/.test(rule.server))
      report(
        "warning",
        `${path}.server`,
        "is the address of no cluster, so that the rule matches none",
        "Write the server as destinations do, not the cluster's name",
      );
    const first = places.indexOf(places[index] ?? "");
    if (first < index) report("error", path, `is for the same place as [${first}]`, "Remove one of them");
  });
}

/** What stands twice in a list was meant to be something else the second time. Source: Argo CD refuses it too. */
function checkTwins({ sourceRepos, destinations, sourceNamespaces }: ProjectSpec, report: Report): void {
  const places = destinations?.map(({ server, name, namespace }) =>
    JSON.stringify([server || name || "", namespace ?? ""]),
  );
  for (const [list, keys] of Object.entries({ sourceRepos, destinations: places, sourceNamespaces }))
    keys?.forEach((key, index) => {
      const first = keys.indexOf(key);
      if (first < index)
        report("error", `spec.${list}[${index}]`, `is the same as [${first}]`, "Remove one of them");
    });
}

function isExpression(text: string): boolean {
  try {
    return new RegExp(text) instanceof RegExp;
  } catch (cause) {
    if (cause instanceof SyntaxError) return false;
    throw cause;
  }
}
