import { expandList } from "../core/manifest/expand-list.ts";
import type { Application } from "../core/model/application.ts";
import { parseApplication } from "../core/model/parse-application.ts";
import { parseProject } from "../core/model/parse-project.ts";
import type { Parsed, Problem } from "../core/model/problem.ts";
import type { Project } from "../core/model/project.ts";
import { isMapping } from "../lib/is-mapping.ts";
import { lineOf, parseYaml, type YamlDocument } from "../lib/yaml.ts";

/** What one file of an application folder holds. */
export interface FileContent {
  applications: { app: Application; line: number }[];
  projects: { project: Project; line: number }[];
  problems: Problem[];
  /** Why it may hold less than its writer means; undefined where it says what it says. */
  doubt?: string;
}

/** Other kinds of Argo's own groups: they stand beside Applications, and none of them is a misspelt one. */
const OTHER_ARGO_KINDS = new Set([
  "ApplicationSet",
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

/** @param file as problems name it */
export function readManifests(
  bytes: Uint8Array,
  { file, homeNamespace }: { file: string; homeNamespace: string },
): FileContent {
  const content: FileContent = { applications: [], projects: [], problems: [] };
  const { documents, problems } = parseYaml(bytes, { file });
  for (const { document: _, ...problem } of problems) content.problems.push(problem);
  let isEmpty = problems.length === 0;
  for (const document of documents) {
    if (document.value === null) continue;
    isEmpty = false;
    for (const { value, path } of expandList(document.value)) readOne(value, path, document);
  }
  if (isEmpty) content.doubt = bytes.length === 0 ? "the file is empty" : "the file holds no document";
  return content;

  function readOne(value: unknown, path: string, document: YamlDocument): void {
    const line = path === "" ? document.line : lineOf(document, path);
    const taken = <T>(parsed: Parsed<T>): T | undefined => {
      const found = parsed.ok ? parsed.warnings : parsed.problems;
      content.problems.push(...found.map((problem) => place(problem, document, path, file)));
      return parsed.ok ? parsed.value : undefined;
    };
    const kind = kindOf(value);
    if (kind === "Application") {
      const app = taken(parseApplication(value, { homeNamespace }));
      if (app !== undefined) content.applications.push({ app, line });
    } else if (kind === "AppProject") {
      const project = taken(parseProject(value, { homeNamespace }));
      if (project !== undefined) content.projects.push({ project, line });
    } else {
      const what = kind || "this document";
      content.problems.push({
        severity: "warning",
        file,
        line,
        text: `${what} is neither an Application nor an AppProject and is left out`,
        fix: "Move it to a folder that an application renders",
      });
      if (!isOtherManifest(value))
        content.doubt ??= `${kind === "" ? "a document" : kind} in line ${line} is no manifest that is known here`;
    }
  }
}

/** Whole and of another API: no slip of the pen makes that of an Application. */
function isOtherManifest(value: unknown): boolean {
  if (!isMapping(value)) return false;
  const { apiVersion, metadata } = value;
  const kind = kindOf(value);
  if (typeof apiVersion !== "string" || kind === "") return false;
  if (apiVersion.startsWith("argoproj.io/")) return OTHER_ARGO_KINDS.has(kind);
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
