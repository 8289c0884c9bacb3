import { badRequest } from "../api-error.ts";
import { at, type KubeJson, textMapAt } from "../json.ts";

export type Filter = (object: KubeJson) => boolean;

/**
 * `labelSelector` and `fieldSelector` of a list or watch of one kind.
 *
 * @throws {ApiError} 400 on text that cannot be read, or a field that cannot be selected by
 */
export function filterOf(query: URLSearchParams, kind: string): Filter | undefined {
  const tests = [
    ...labelTests(query.get("labelSelector") ?? ""),
    ...fieldTests(query.get("fieldSelector") ?? "", kind),
  ];
  return tests.length === 0 ? undefined : (object) => tests.every((test) => test(object));
}

function labelTests(text: string): Filter[] {
  return splitTop(text).map((term) => {
    const set = /^\s*([^\s!=,()]+)\s+(in|notin)\s*\(([^)]*)\)\s*$/.exec(term);
    if (set !== null) {
      const [, key = "", operator, list = ""] = set;
      const values = list.split(",").map((value) => value.trim());
      return (object) => {
        const value = textMapAt(object, "metadata", "labels")[key];
        return operator === "in"
          ? value !== undefined && values.includes(value)
          : value === undefined || !values.includes(value);
      };
    }
    const equality = /^\s*([^\s!=,()]+)\s*(==|=|!=)\s*([^\s!=,()]*)\s*$/.exec(term);
    if (equality !== null) {
      const [, key = "", operator, wanted = ""] = equality;
      return (object) => (textMapAt(object, "metadata", "labels")[key] === wanted) === (operator !== "!=");
    }
    const presence = /^\s*(!?)\s*([^\s!=,()]+)\s*$/.exec(term);
    if (presence === null)
      throw badRequest(`unable to parse requirement: found '${term}', expected: a label selector`);
    const [, not, key = ""] = presence;
    return (object) => (textMapAt(object, "metadata", "labels")[key] !== undefined) === (not === "");
  });
}

/** Fields beside name and namespace that objects of a kind can be selected by. */
const selectable: Readonly<Record<string, readonly string[]>> = {
  Pod: [
    "spec.nodeName",
    "spec.restartPolicy",
    "spec.schedulerName",
    "spec.serviceAccountName",
    "spec.hostNetwork",
    "status.phase",
    "status.podIP",
    "status.nominatedNodeName",
  ],
  Event: [
    "involvedObject.kind",
    "involvedObject.namespace",
    "involvedObject.name",
    "involvedObject.uid",
    "involvedObject.apiVersion",
    "involvedObject.resourceVersion",
    "involvedObject.fieldPath",
    "reason",
    "reportingComponent",
    "source",
    "type",
  ],
  Namespace: ["status.phase"],
  Node: ["spec.unschedulable"],
  Secret: ["type"],
  Service: ["spec.clusterIP", "spec.type"],
  ReplicaSet: ["status.replicas"],
  ReplicationController: ["status.replicas"],
  Job: ["status.successful"],
};

function fieldTests(text: string, kind: string): Filter[] {
  return splitTop(text).map((term) => {
    const parsed = /^\s*([^\s!=]+)\s*(==|=|!=)\s*(.*?)\s*$/.exec(term);
    if (parsed === null) throw badRequest(`invalid field selector: ${term}`);
    const [, field = "", operator, wanted = ""] = parsed;
    const known = ["metadata.name", "metadata.namespace", ...(selectable[kind] ?? [])];
    if (!known.includes(field))
      throw badRequest(
        `${JSON.stringify(field)} is not a known field selector: only ${known.map((one) => JSON.stringify(one)).join(", ")}`,
      );
    const path = field.split(".");
    return (object) => (String(at(object, ...path) ?? "") === wanted) === (operator !== "!=");
  });
}

/** Terms at commas outside parentheses. */
function splitTop(text: string): string[] {
  const terms: string[] = [];
  let depth = 0;
  let start = 0;
  for (let index = 0; index < text.length; index++) {
    const letter = text[index];
    if (letter === "(") depth += 1;
    else if (letter === ")") depth -= 1;
    else if (letter === "," && depth === 0) {
      terms.push(text.slice(start, index));
      start = index + 1;
    }
  }
  terms.push(text.slice(start));
  return terms.filter((term) => term.trim() !== "");
}
