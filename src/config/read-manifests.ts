import {
  type ImageUpdater,
  parseImageUpdater,
  UPDATER_GROUP,
  UPDATER_KIND,
} from "../core/images/image-updater.ts";
import type { Application } from "../core/model/application.ts";
import type { ApplicationSet } from "../core/model/application-set.ts";
import { expandList } from "../core/model/expand-list.ts";
import { parseApplication } from "../core/model/parse-application.ts";
import { parseApplicationSet } from "../core/model/parse-application-set.ts";
import { parseProject } from "../core/model/parse-project.ts";
import type { Parsed, Problem } from "../core/model/problem.ts";
import type { Project } from "../core/model/project.ts";
import { decodeText } from "../lib/decode-text.ts";
import { isMapping } from "../lib/is-mapping.ts";
import { nearest } from "../lib/nearest.ts";
import { lineOf, parseYaml, type YamlDocument } from "../lib/yaml.ts";

/** Argo CD's kinds, in the order in which they are looked for. */
const KINDS = ["Application", "AppProject", "ApplicationSet"] as const;
export type HeldKind = (typeof KINDS)[number] | typeof UPDATER_KIND;

/** What one file of an application folder holds. */
export interface FileContent {
  applications: { app: Application; line: number }[];
  projects: { project: Project; line: number }[];
  applicationSets: { set: ApplicationSet; line: number }[];
  imageUpdaters: { updater: ImageUpdater; line: number }[];
  problems: Problem[];
  /** Kinds that stand in it, wrong ones too; empty for a file of something else. */
  holds: HeldKind[];
  /** Why it may hold less than its writer means; undefined where it says what it says. */
  doubt?: string;
}

/** Other kinds of Argo's own groups: they stand beside Applications, and none of them is a misspelt one. */
const OTHER_ARGO_KINDS = new Set([
  "AnalysisRun",
  "AnalysisTemplate",
  "ArgoCD",
  "ClusterAnalysisTemplate",
  "ClusterWorkflowTemplate",
  "CronWorkflow",
  "EventBus",
  "EventSource",
  "Experiment",
  "Rollout",
  "Sensor",
  "Workflow",
  "WorkflowTemplate",
]);

const GROUP = "argoproj.io";
/** In YAML's or JSON's spelling. Annotations of Argo CD, which any manifest may have, do not count. */
const NAMES_ARGO_KIND =
  /argoproj\.io\/v\d|\bkind["']?[ \t]*:[ \t]*["']?(?:Application|ApplicationSet|AppProject)\b/;
/** Helm's braces where no quotes and no words stand before them: YAML cannot read that. */
const TEMPLATE = /^[ \t]*(?:- )?\{\{|:[ \t]+\{\{/m;
/** The three keys that begin the lines of a manifest, or stand in its JSON. */
const MANIFEST_KEYS = ["apiVersion", "kind", "metadata"].map(
  (key) => new RegExp(`^(?:- |["'])?${key}["']?[ \\t]*:|[{,]\\s*"${key}"\\s*:`, "m"),
);

/**
 * The Applications, AppProjects and ApplicationSets of a file. A repository's folder holds much else: a file whose text names no kind of
 * Argo CD is not even parsed, and what stands beside Applications is passed over, as are templates of them.
 *
 * @param file as problems name it
 */
export function readManifests(
  bytes: Uint8Array,
  { file, homeNamespace }: { file: string; homeNamespace: string },
): FileContent {
  const content: FileContent = {
    applications: [],
    projects: [],
    applicationSets: [],
    imageUpdaters: [],
    problems: [],
    holds: [],
  };
  const decoded = decodeText(bytes);
  const text = decoded.ok ? decoded.text : new TextDecoder("latin1").decode(bytes);
  if (!NAMES_ARGO_KIND.test(text)) {
    const doubt = text.trim() === "" ? "the file is empty" : "the file holds no manifest";
    // Whole and of another API: whoever wrote that took the Application out.
    return MANIFEST_KEYS.every((key) => key.test(text)) ? content : { ...content, doubt };
  }
  const { documents, problems } = parseYaml(bytes, { file, duplicateKeys: "keep-last" });
  const broken = problems.find(({ severity }) => severity === "error");
  if (broken !== undefined && TEMPLATE.test(text))
    return { ...content, ...asTemplate({ file, line: broken.line }, broken.text) };
  for (const { document: _, ...problem } of problems) content.problems.push(problem);
  for (const document of documents)
    for (const { value, path } of expandList(document.value)) readOne(value, path, document);
  if (documents.every(({ value }) => value === null) && broken === undefined)
    content.doubt = "the file holds no document";
  return content;

  function readOne(value: unknown, path: string, document: YamlDocument): void {
    if (value === null) return;
    const line = path === "" ? document.line : lineOf(document, path);
    const named = kindOf(value);
    const kind = KINDS.find((one) => one === named);
    if (named === UPDATER_KIND && groupOf(value) === UPDATER_GROUP && !isTemplate(value)) {
      content.holds.push(named);
      const updater = taken(parseImageUpdater(value, { homeNamespace }), path, document);
      if (updater !== undefined) content.imageUpdaters.push({ updater, line });
    } else if (kind !== undefined && !isOfOtherGroup(value)) {
      if (isTemplate(value)) {
        const { problems: said, doubt } = asTemplate({ file, line }, `its name holds {{`);
        content.problems.push(...said);
        content.doubt ??= doubt;
        return;
      }
      content.holds.push(kind);
      if (kind === "Application") {
        const app = taken(parseApplication(value, { homeNamespace }), path, document);
        if (app !== undefined) content.applications.push({ app, line });
      } else if (kind === "ApplicationSet") {
        const set = taken(parseApplicationSet(value, { homeNamespace }), path, document);
        if (set !== undefined) content.applicationSets.push({ set, line });
      } else {
        const project = taken(parseProject(value, { homeNamespace }), path, document);
        if (project !== undefined) content.projects.push({ project, line });
      }
    } else if (!isOtherManifest(value)) {
      const what = named || "a document";
      content.doubt ??= `${what} in line ${line} is no manifest that is known here`;
      if (isOfGroup(value))
        content.problems.push({
          severity: "warning",
          file,
          line,
          text: `${named || "this document"} is no Application, AppProject or ApplicationSet and is left out`,
          fix: "Correct its kind",
        });
    }
  }

  function taken<T>(parsed: Parsed<T>, path: string, document: YamlDocument): T | undefined {
    const found = parsed.ok ? parsed.warnings : parsed.problems;
    content.problems.push(...found.map((problem) => place(problem, document, path, file)));
    return parsed.ok ? parsed.value : undefined;
  }
}

/** What becomes Applications elsewhere. It takes none away, and no other file's either. */
function asTemplate(
  { file, line }: { file: string; line: number },
  why: string,
): Pick<FileContent, "problems"> & { doubt: string } {
  return {
    problems: [{ severity: "warning", file, line, text: `this is a template and is left out: ${why}` }],
    doubt: "the file is a template",
  };
}

/** Whether its own name or namespace is to be filled in. */
export function isTemplate(value: unknown): boolean {
  const metadata = isMapping(value) && isMapping(value["metadata"]) ? value["metadata"] : {};
  return [metadata["name"], metadata["namespace"]].some(
    (name) => typeof name === "string" && name.includes("{{"),
  );
}

function groupOf(value: unknown): string | undefined {
  const apiVersion = isMapping(value) ? value["apiVersion"] : undefined;
  return typeof apiVersion === "string" && apiVersion.includes("/") ? apiVersion.split("/", 1)[0] : undefined;
}

function isOfGroup(value: unknown): boolean {
  return groupOf(value) === GROUP;
}

/** Others have Applications too; what is nearly Argo's group is a slip of the pen. */
function isOfOtherGroup(value: unknown): boolean {
  const group = groupOf(value);
  return group !== undefined && group !== GROUP && nearest(group, [GROUP]) === undefined;
}

/** Whole and of another API: no slip of the pen makes that of an Application. */
function isOtherManifest(value: unknown): boolean {
  if (!isMapping(value)) return false;
  const { apiVersion, metadata } = value;
  const kind = kindOf(value);
  if (typeof apiVersion !== "string" || kind === "") return false;
  if (isOfGroup(value)) return OTHER_ARGO_KINDS.has(kind);
  return isMapping(metadata) && "name" in metadata;
}

/**
 * Whether a file's text looks like the beginning of what is being written over `before`: nothing but its beginning, or a
 * text without the last line's end that was there. Shortening a file for good looks the same, and only takes longer.
 */
export function isHalfWritten(before: string, text: string): boolean {
  if (text === before || text === "") return false;
  return before.startsWith(text) || (before.endsWith("\n") && !text.endsWith("\n"));
}

/** A problem of one manifest with the file and the line where it is written. */
export function place(problem: Problem, document: YamlDocument, path: string, file: string): Problem {
  const whole = [path, problem.path].filter((part) => part !== undefined && part !== "").join(".");
  return { ...problem, file, line: lineOf(document, whole) };
}

/** "" for what has no kind. */
export function kindOf(value: unknown): string {
  const kind = isMapping(value) ? value["kind"] : undefined;
  return typeof kind === "string" ? kind : "";
}
