import { defined } from "../../lib/defined.ts";
import { showPath } from "../../lib/field-path.ts";
import { isMapping } from "../../lib/is-mapping.ts";
import { ANNOTATION } from "../model/application.ts";
import type { KubeObject } from "../model/kube-object.ts";
import type { Parsed, Problem } from "../model/problem.ts";
import { misspelt, type TopKey } from "./manifest-likeness.ts";
import { wordWarnings } from "./word-warnings.ts";

/**
 * Whether a value is a Kubernetes object that an API server could take: what is certain without knowing its kind.
 * Nulls at the top, in metadata, and among labels and annotations count as absent, as they do for apply.
 *
 * @returns the object without those nulls; problems bear a path, but neither file nor line
 */
export function checkManifest(value: unknown): Parsed<KubeObject> {
  if (!isMapping(value))
    return refused({
      text: `this is no Kubernetes object but ${value === null ? "empty" : typeName(value)}`,
    });
  const fields = withoutNulls(value);
  const problems: Problem[] = [];
  const wrong = (path: (string | number)[], text: string, fix?: string) =>
    problems.push({ severity: "error", path: showPath(path), text, ...defined({ fix }) });
  const missing = (path: string[]) => {
    const [key] = path as [TopKey];
    const written = path.length === 1 ? misspelt(key, Object.keys(fields)) : undefined;
    if (written === undefined) wrong(path, "this field is required");
    else wrong([written], `this field is not known, and ${key} is missing`, `Did you mean ${key}?`);
  };
  const isText = (holder: Record<string, unknown>, path: string[]) => {
    const field = holder[path.at(-1) as string];
    if (field === undefined || field === "") missing(path);
    else if (typeof field !== "string")
      wrong(path, `must be a string, not ${typeName(field)}`, "Put it in quotes");
  };

  isText(fields, ["apiVersion"]);
  isText(fields, ["kind"]);
  if (fields["metadata"] === undefined) missing(["metadata"]);
  else if (!isMapping(fields["metadata"]))
    wrong(["metadata"], `must be a mapping, not ${typeName(fields["metadata"])}`);
  if (!isMapping(fields["metadata"])) return withObject(problems, fields);

  const metadata = withoutNulls(fields["metadata"]);
  // An object that is named by the server can be created but not applied: only a hook may do without a name.
  if (metadata["generateName"] === undefined || metadata["name"] !== undefined)
    isText(metadata, ["metadata", "name"]);
  else {
    isText(metadata, ["metadata", "generateName"]);
    const annotations = isMapping(metadata["annotations"]) ? metadata["annotations"] : {};
    if (annotations[ANNOTATION.hook] === undefined && annotations[ANNOTATION.helmHook] === undefined) {
      wrong(["metadata", "generateName"], "generateName works for hooks only", "Write metadata.name");
    }
  }
  if (metadata["namespace"] !== undefined && typeof metadata["namespace"] !== "string")
    isText(metadata, ["metadata", "namespace"]);
  for (const field of ["labels", "annotations"]) {
    if (metadata[field] === undefined) continue;
    if (!isMapping(metadata[field])) {
      wrong(["metadata", field], `must be a mapping, not ${typeName(metadata[field])}`);
      continue;
    }
    const entries = withoutNulls(metadata[field]);
    for (const [key, entry] of Object.entries(entries)) {
      if (typeof entry !== "string")
        wrong(
          ["metadata", field, key],
          `must be a string, not ${typeName(entry)}`,
          "Put the value in quotes",
        );
    }
    metadata[field] = entries;
  }
  fields["metadata"] = metadata;
  if (problems.length > 0) return withObject(problems, fields);
  const object = fields as KubeObject;
  return { ok: true, value: object, warnings: wordWarnings(object) };
}

function withoutNulls(fields: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(fields).filter(([, field]) => field !== null && field !== undefined),
  );
}

function typeName(value: unknown): string {
  if (Array.isArray(value)) return "a list";
  return typeof value === "object"
    ? "a mapping"
    : typeof value === "bigint"
      ? "a number"
      : `a ${typeof value}`;
}

function refused(problem: Omit<Problem, "severity">): Parsed<KubeObject> {
  return { ok: false, problems: [{ severity: "error", ...problem }] };
}

/** Names the object as far as it has a name. */
function withObject(problems: Problem[], fields: Record<string, unknown>): Parsed<KubeObject> {
  const metadata = isMapping(fields["metadata"]) ? fields["metadata"] : {};
  const { kind } = fields;
  const name = metadata["name"] ?? metadata["generateName"];
  const named = typeof kind === "string" && typeof name === "string" ? { object: `${kind} ${name}` } : {};
  const [first, ...others] = problems.map((problem) => ({ ...problem, ...named }));
  return { ok: false, problems: [first as Problem, ...others] };
}
