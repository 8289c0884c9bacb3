import { checkerOf } from "./openapi-check.mjs";

export interface Operation {
  operationId: string;
  parameters?: { name: string; in: string; required?: boolean }[];
  responses: Record<string, { $ref?: string; content?: Record<string, unknown> }>;
}
export interface Document {
  openapi: string;
  /** By path, then by method in small letters. */
  paths: Record<string, Record<string, Operation>>;
  components: { schemas: Record<string, unknown> };
}
interface Answered {
  status: number;
  headers: Headers;
  text: string;
}

const ERROR = "/components/responses/Error/content/application~1json/schema";

/**
 * Holds answers against a document that a daemon served, as if nothing could be told beside what it says.
 * @returns in what an answer is another one; of a stream each whole line is looked at
 */
export function servedAnswers(
  document: Document,
): (method: string, path: string, answered: Answered) => string[] {
  const check = checkerOf(closed(document));
  return (method, path, { status, headers, text }) => {
    const operation = document.paths[path]?.[method.toLowerCase()];
    if (operation === undefined) return ["the document does not have it"];
    const [type = ""] = (headers.get("content-type") ?? "").split(";");
    const declared = operation.responses[status];
    if (declared === undefined && status < 400) return [`it does not declare ${status}`];
    if (declared === undefined) return type === "application/json" ? check(ERROR, JSON.parse(text)) : [type];
    if (declared.content === undefined) return text === "" ? [] : ["it has a body, and declares none"];
    const written = Object.keys(declared.content).find((one) => one.split(";")[0] === type);
    if (written === undefined) return [`${status} is ${type}, which it does not declare`];
    const isJson = /json|event-stream/.test(type);
    if (!isJson) return text === "" ? ["it says nothing"] : [];
    const pointer = [
      "paths",
      path,
      method.toLowerCase(),
      "responses",
      `${status}`,
      "content",
      written,
      "schema",
    ]
      .map((step) => `/${encodeURIComponent(step.replaceAll("~", "~0").replaceAll("/", "~1"))}`)
      .join("");
    return textsIn(text, type).flatMap((one) => check(pointer, JSON.parse(one)));
  };
}

/** One JSON text, or those that stand each in its line. */
function textsIn(text: string, type: string): string[] {
  if (type === "text/event-stream") return [...text.matchAll(/^data: (.*)$/gm)].map(([, data = ""]) => data);
  const lines = text.split("\n").filter((line) => line.startsWith("{"));
  return lines.length > 1 || text.startsWith("\n") ? lines : [text];
}

/** Every object that names its fields has those alone. */
function closed<T>(value: T): T {
  if (Array.isArray(value)) return value.map(closed) as T;
  if (typeof value !== "object" || value === null) return value;
  const of = Object.fromEntries(Object.entries(value).map(([key, child]) => [key, closed(child)]));
  const isObject = of["type"] === "object" && "properties" in of && !("additionalProperties" in of);
  return (isObject ? { ...of, additionalProperties: false } : of) as T;
}
