import { isMapping } from "../../lib/is-mapping.ts";
import { nearest } from "../../lib/nearest.ts";
import type {
  ApplicationSet,
  ApplicationSetSpec,
  Generator,
  RolloutStep,
  Selector,
} from "./application-set.ts";
import { kindsOf } from "./application-set.ts";
import { APPLICATION_SET } from "./application-set-shape.ts";
import { parseManifest } from "./parse-application.ts";
import type { Parsed, Problem } from "./problem.ts";
import { checkShape } from "./shape.ts";

type Report = (severity: Problem["severity"], path: string, text: string, fix?: string) => void;

/** A grandchild is neither a matrix nor a merge. */
type Place = "own" | "child" | "grandchild";

const POLICIES = ["create-only", "create-update", "create-delete", "sync"] as const;
const OPTIONS = ["missingkey=default", "missingkey=invalid", "missingkey=zero", "missingkey=error"] as const;
const PROVIDERS = {
  scmProvider: ["github", "gitlab", "gitea", "bitbucket", "bitbucketServer", "azureDevOps", "awsCodeCommit"],
  pullRequest: ["github", "gitlab", "gitea", "bitbucket", "bitbucketServer", "azuredevops"],
} as const;

/**
 * An ApplicationSet as a user wrote it. Fields that nobody knows are warned of with the nearest name; what cannot be
 * obeyed is an error, because a set that is half understood makes, or takes away, the wrong applications.
 *
 * @param homeNamespace for a set that names no namespace
 */
export function parseApplicationSet(
  value: unknown,
  { homeNamespace }: { homeNamespace: string },
): Parsed<ApplicationSet> {
  return parseManifest<ApplicationSet>(
    value,
    "ApplicationSet",
    homeNamespace,
    (problems) => checkShape(value, APPLICATION_SET, [], (problem) => problems.push(problem)),
    ({ spec }, report) => {
      if (spec.generators.length === 0)
        report("warning", "spec.generators", "is empty, so that it makes no application");
      spec.generators.forEach((generator, index) =>
        checkGenerator(generator, `spec.generators[${index}]`, "own", report),
      );
      checkTemplates(spec, report);
      checkPolicies(spec, report);
    },
  );
}

function checkGenerator(generator: Generator, path: string, place: Place, report: Report): void {
  const written = kindsOf(generator);
  const kinds =
    place === "grandchild" ? written.filter((kind) => kind !== "matrix" && kind !== "merge") : written;
  if (kinds.length === 0)
    report(
      "error",
      path,
      place === "own" ? "names no generator" : "names no generator that may stand here",
      "Give it one of list, clusters, git, scmProvider, pullRequest, clusterDecisionResource, plugin; matrix and merge may hold one another once",
    );
  if (kinds.length > 1)
    report(
      place === "own" ? "warning" : "error",
      path,
      `names ${kinds.length} generators, ${kinds.join(" and ")}`,
      "Give each an entry of its own",
    );
  checkSelector(generator.selector, `${path}.selector`, report);
  for (const kind of kinds) {
    const at = `${path}.${kind}`;
    if (place !== "own" && generator[kind]?.template !== undefined)
      report("warning", `${at}.template`, "has no effect within matrix and merge", "Write it there");
    switch (kind) {
      case "list":
        if (generator.list?.elements === undefined && (generator.list?.elementsYaml ?? "") === "")
          report("error", at, "has no elements", "Write elements, or elementsYaml");
        break;
      case "clusters":
        checkSelector(generator.clusters?.selector, `${at}.selector`, report);
        break;
      case "git":
        checkGit(generator, at, report);
        break;
      case "matrix":
      case "merge":
        checkParent(generator, kind, at, place, report);
        break;
      case "scmProvider":
      case "pullRequest":
        checkProvider(generator, kind, at, report);
        break;
      case "clusterDecisionResource": {
        const { name = "", labelSelector } = generator.clusterDecisionResource ?? {};
        checkSelector(labelSelector, `${at}.labelSelector`, report);
        if ((name === "") === (labelSelector === undefined))
          report("error", at, "needs either name or labelSelector");
        break;
      }
      case "plugin":
        break;
    }
  }
}

function checkGit({ git }: Generator, path: string, report: Report): void {
  const directories = git?.directories ?? [],
    files = git?.files ?? [];
  if (directories.length === 0 && files.length === 0)
    report("error", path, "looks for nothing", "Write directories, or files");
  if (directories.length > 0 && files.length > 0)
    report("warning", `${path}.files`, "has no effect beside directories", "Give it an entry of its own");
  for (const [field, patterns] of Object.entries({ directories, files }))
    if (patterns.length > 0 && patterns.every(({ exclude }) => exclude === true))
      report("warning", `${path}.${field}`, "only excludes, so that nothing is found", 'Add path: "*"');
}

function checkParent(
  generator: Generator,
  kind: "matrix" | "merge",
  path: string,
  place: Place,
  report: Report,
): void {
  const children = generator[kind]?.generators ?? [];
  if (kind === "matrix" && children.length !== 2)
    report("error", `${path}.generators`, `must be two generators, not ${children.length}`);
  if (kind === "merge") {
    if (children.length < 2) report("error", `${path}.generators`, "must be two generators or more");
    const keys = generator.merge?.mergeKeys ?? [];
    if (keys.length === 0)
      report("error", `${path}.mergeKeys`, "is needed: the parameters by which sets are joined");
  }
  const below = place === "own" ? "child" : "grandchild";
  children.forEach((child, index) => checkGenerator(child, `${path}.generators[${index}]`, below, report));
}

function checkProvider(
  generator: Generator,
  kind: "scmProvider" | "pullRequest",
  path: string,
  report: Report,
): void {
  const named = PROVIDERS[kind].filter((provider) => generator[kind]?.[provider] !== undefined);
  if (named.length !== 1)
    report(
      "error",
      path,
      named.length === 0 ? "names no provider" : `names ${named.length} providers, ${named.join(" and ")}`,
      `Give it one of ${PROVIDERS[kind].join(", ")}`,
    );
  const { filters } = generator[kind] ?? {};
  if (!Array.isArray(filters)) return;
  filters.forEach((filter: unknown, index) => {
    for (const [field, expression] of Object.entries(isMapping(filter) ? filter : {}))
      if (field.endsWith("Match") && typeof expression === "string" && !isExpression(expression))
        report("error", `${path}.filters[${index}].${field}`, "is no valid regular expression");
  });
}

function isExpression(text: string): boolean {
  try {
    // Go's way to say that case does not count, which stands before everything else.
    return new RegExp(text.replace(/^\(\?[imsU]+\)/, "")) instanceof RegExp;
  } catch (cause) {
    if (cause instanceof SyntaxError) return false;
    throw cause;
  }
}

function checkSelector(selector: Selector | undefined, path: string, report: Report): void {
  const written = selector?.["matchExpressions"];
  if (!Array.isArray(written)) return;
  written.forEach((one: Record<string, unknown>, index) => {
    const at = `${path}.matchExpressions[${index}]`;
    const isEmpty = !Array.isArray(one["values"]) || one["values"].length === 0;
    switch (one["operator"]) {
      case "In":
      case "NotIn":
        if (isEmpty) report("error", `${at}.values`, `is needed by ${one["operator"]}`);
        break;
      case "Exists":
      case "DoesNotExist":
        if (!isEmpty) report("error", `${at}.values`, `must be empty with ${one["operator"]}`);
        break;
      default:
        report("error", `${at}.operator`, "must be In, NotIn, Exists or DoesNotExist");
    }
  });
}

function checkTemplates(spec: ApplicationSetSpec, report: Report): void {
  const { template, goTemplate, goTemplateOptions = [] } = spec;
  if ((template.metadata?.namespace ?? "") !== "")
    report(
      "warning",
      "spec.template.metadata.namespace",
      "has no effect: applications live in the namespace of their set",
      "Remove it",
    );
  goTemplateOptions.forEach((option, index) => {
    const path = `spec.goTemplateOptions[${index}]`;
    if (goTemplate !== true) report("warning", path, "has no effect without goTemplate: true");
    else if (!(OPTIONS as readonly string[]).includes(option)) {
      const meant = nearest(option, OPTIONS);
      report(
        "error",
        path,
        "is no option of Go templates",
        meant === undefined ? "Remove it" : `Did you mean ${meant}?`,
      );
    }
  });
}

function checkPolicies(spec: ApplicationSetSpec, report: Report): void {
  const { syncPolicy, strategy } = spec;
  const policy = syncPolicy?.applicationsSync;
  if (policy !== undefined && !POLICIES.includes(policy))
    report("error", "spec.syncPolicy.applicationsSync", `must be one of ${POLICIES.join(", ")}`);
  const type = strategy?.type ?? "AllAtOnce",
    order = strategy?.deletionOrder ?? "AllAtOnce";
  if (type !== "AllAtOnce" && type !== "RollingSync")
    report("error", "spec.strategy.type", "must be AllAtOnce or RollingSync");
  if (order !== "AllAtOnce" && order !== "Reverse")
    report("error", "spec.strategy.deletionOrder", "must be AllAtOnce or Reverse");
  const steps = strategy?.rollingSync?.steps ?? [];
  if (type === "RollingSync" && steps.length === 0)
    report("error", "spec.strategy.rollingSync.steps", "is needed by RollingSync");
  if (type !== "RollingSync" && strategy?.rollingSync !== undefined)
    report("warning", "spec.strategy.rollingSync", "has no effect without type: RollingSync");
  steps.forEach((step, index) => checkStep(step, `spec.strategy.rollingSync.steps[${index}]`, report));
}

function checkStep({ matchExpressions = [], maxUpdate }: RolloutStep, path: string, report: Report): void {
  matchExpressions.forEach(({ operator }, index) => {
    if (operator !== "In" && operator !== "NotIn")
      report("error", `${path}.matchExpressions[${index}].operator`, "must be In or NotIn");
  });
  const isShare = typeof maxUpdate === "string" && /^\d{1,3}%$/.test(maxUpdate);
  const isCount = typeof maxUpdate === "number" ? maxUpdate >= 0 : /^\d+$/.test(maxUpdate ?? "0");
  if (!isShare && !isCount)
    report("error", `${path}.maxUpdate`, "must be a whole number, or a share such as 25%");
}
