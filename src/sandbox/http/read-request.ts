import { messageOf } from "../../lib/caught.ts";
import { parseYaml } from "../../lib/yaml.ts";
import { ApiError, badRequest } from "../api-error.ts";
import { at, isObject, type Json, type JsonObject, textAt } from "../json.ts";
import { type DeleteOptions, readDryRun, readUnknownFields, type WriteOptions } from "../rest/options.ts";
import type { BuiltinTypes } from "../schema/type.ts";
import { decodeProtobuf } from "./protobuf.ts";

/** What the real server takes in one request. */
const maxBodyBytes = 3 * 1024 * 1024;

export function writeOptions(
  request: Request,
  query: URLSearchParams,
  kind: string,
  warnings: string[],
): WriteOptions {
  const agent = (request.headers.get("user-agent") ?? "unknown").split("/")[0] ?? "unknown";
  return {
    fieldManager: query.get("fieldManager") ?? agent,
    dryRun: readDryRun(query.getAll("dryRun"), kind),
    unknownFields: readUnknownFields(query.get("fieldValidation")),
    warnings,
  };
}

export function deleteOptions(query: URLSearchParams, body: Json, warnings: string[]): DeleteOptions {
  const text = (name: string) => textAt(body, name) ?? query.get(name) ?? undefined;
  const grace = at(body, "gracePeriodSeconds") ?? query.get("gracePeriodSeconds");
  const orphan = at(body, "orphanDependents");
  const asked = text("propagationPolicy");
  const propagation =
    asked === "Foreground" || asked === "Background" || asked === "Orphan"
      ? asked
      : orphan === true
        ? "Orphan"
        : orphan === false
          ? "Background"
          : undefined;
  const dryRun = at(body, "dryRun");
  return {
    dryRun: readDryRun(Array.isArray(dryRun) ? dryRun.map(String) : query.getAll("dryRun"), "DeleteOptions"),
    gracePeriodSeconds: grace === undefined || grace === null ? undefined : Number(grace),
    propagation,
    uid: textAt(body, "preconditions", "uid"),
    resourceVersion: textAt(body, "preconditions", "resourceVersion"),
    warnings,
  };
}

export async function readText(request: Request): Promise<string> {
  const text = await request.text();
  if (text.length > maxBodyBytes)
    throw new ApiError(413, "RequestEntityTooLarge", `Request entity too large: limit is ${maxBodyBytes}`);
  return text;
}

/** JSON, or YAML where the client says so. An empty body is null. */
export async function readBody(request: Request, types: BuiltinTypes): Promise<Json> {
  const type = request.headers.get("content-type") ?? "";
  if (type.includes("protobuf")) return decodeProtobuf(new Uint8Array(await request.arrayBuffer()), types);
  const text = await readText(request);
  if (text === "") return null;
  return (request.headers.get("content-type") ?? "").includes("yaml") ? parseYamlBody(text) : parseJson(text);
}

export function parseJson(text: string): Json {
  try {
    return JSON.parse(text) as Json;
  } catch (cause) {
    throw badRequest(`the body of the request is not JSON: ${messageOf(cause)}`);
  }
}

/** An apply is YAML by its media type and JSON almost always. */
export function parseYamlBody(text: string): Json {
  if (text.trimStart().startsWith("{")) {
    try {
      return JSON.parse(text) as Json;
    } catch {
      // A flow mapping in YAML starts with a brace too.
      return readYaml(text);
    }
  }
  return readYaml(text);
}

function readYaml(text: string): Json {
  const { documents, problems } = parseYaml(text);
  const [problem] = problems;
  if (problem !== undefined) throw badRequest(`error decoding YAML: ${problem.text}`);
  return (documents[0]?.value ?? null) as Json;
}

export function needObject(value: Json): JsonObject {
  if (!isObject(value)) throw badRequest("the patch leaves no object");
  return value;
}

export function withField(url: URL, selector: string): URL {
  const copy = new URL(url);
  copy.searchParams.set("fieldSelector", selector);
  return copy;
}
