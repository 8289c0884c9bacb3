/** What an API server's refusal means, and what of its words may be repeated. */

import { holdsSecrets } from "../core/model/filled-in.ts";
import type { KubeObject } from "../core/model/kube-object.ts";
import type { WriteOutcome } from "../core/ports/cluster-objects.ts";
import { defined } from "../lib/defined.ts";
import { isMapping } from "../lib/is-mapping.ts";
import type { Answer } from "./api-client.ts";
import type { ApiStatus } from "./api-status.ts";

type Refused = Extract<WriteOutcome, { is: "refused" }>;
type Unreachable = Extract<WriteOutcome, { is: "unreachable" }>;

/**
 * Server-side apply answers 500 to manifests that its schema does not take, and the server answers 500 where a webhook
 * that concerns this one object fails, be it for its admission or its conversion. None is a fault of the API server.
 */
const judgedDespite500 =
  /failed to create typed|field not declared in schema|duplicate entries for key|failed to convert|unable to (?:convert|decode)|failed calling webhook|admission webhook|conversion webhook for|no kind ".*" is registered/i;

/** @param object what was sent, undefined for a DELETE */
export function notDone(
  answer: Exclude<Answer, { is: "ok" }>,
  kind: { group: string; kind: string },
  object: KubeObject | undefined,
): Refused | Unreachable {
  if (answer.is === "unreachable") return { is: "unreachable", why: answer.why };
  const { status, retryAfterMs } = answer;
  const secret =
    (kind.group === "" && kind.kind === "Secret") || (object !== undefined && holdsSecrets(object));
  const { code, reason } = status;
  if (code === 401)
    return { is: "unreachable", why: "the API server refuses our credentials (401 Unauthorized)" };
  if (code === 429 || (code >= 500 && !judgedDespite500.test(status.message)) || code < 400) {
    return {
      is: "unreachable",
      why: secret ? `HTTP ${code} ${reason}`.trim() : status.message,
      ...defined({ retryAfterMs }),
    };
  }
  const said = secret ? withoutValues(status, object) : status;
  return { is: "refused", status: code, reason, message: said.message, causes: said.causes };
}

/** Our own words for the server's, by what they look like. They name no value. */
const findings: readonly [RegExp, string][] = [
  [/field not declared in schema/, "field not declared in schema"],
  [/duplicate entries for key/, "duplicate entries for key"],
  [/illegal base64/i, "the value is not base64"],
  [/field is immutable/i, "field is immutable"],
  [/expected (?:string|map|list|numeric|boolean)/i, "the value has the wrong type"],
  [/cannot unmarshal|unable to decode|failed to create typed/i, "the value has the wrong type"],
  [/too long|must be no more than|may not be more than/i, "the value is too long"],
  [/namespaces? .*not found|not found/i, "not found"],
  [/already exists/i, "already exists"],
  [
    /object has been modified|precondition/i,
    "the object has been modified; look at its latest version and try again",
  ],
  [/is forbidden/i, "forbidden"],
  [/admission webhook|failed calling webhook/i, "an admission webhook said no"],
  [/conversion webhook for/i, "the conversion webhook of its kind failed"],
];

/**
 * A refusal of a Secret: messages of the API server quote what they refuse, so that nothing of them is repeated but the
 * paths of fields that the object has.
 */
function withoutValues(
  status: ApiStatus,
  object: KubeObject | undefined,
): Pick<ApiStatus, "message" | "causes"> {
  const finding = (message: string): string =>
    findings.find(([pattern]) => pattern.test(message))?.[1] ?? "the API server does not take it";
  const causes = status.causes.map(({ field, reason, message }) => ({
    field: fieldName(field),
    reason,
    message: finding(message),
  }));
  const paths =
    causes.length > 0
      ? causes.map(({ field }) => field)
      : /illegal base64/i.test(status.message)
        ? notBase64(object)
        : pathsIn(status.message, object);
  const what =
    causes.length > 0
      ? [...new Set(causes.map(({ message }) => message))].join("; ")
      : finding(status.message);
  const where = [...new Set(paths.filter((path) => path !== ""))].join(", ");
  const message =
    schemaWords(status.message, object, finding) ??
    (where === "" ? `${status.reason || `HTTP ${status.code}`}: ${what}` : `${where}: ${what}`);
  return { message, causes };
}

/** The words of a schema's refusal keep their form, a path and a finding a line: what repairs manifests reads it. */
function schemaWords(
  message: string,
  object: KubeObject | undefined,
  finding: (line: string) => string,
): string | undefined {
  if (object === undefined || !message.startsWith("failed to create typed patch object")) return undefined;
  const lines = message
    .split("\n")
    .flatMap((line) => pathsIn(line, object).map((path) => `${path}: ${finding(line)}`));
  const { apiVersion, kind, metadata } = object;
  const list = lines.length > 1 ? `errors:\n  ${lines.join("\n  ")}` : lines[0];
  return list === undefined
    ? undefined
    : `failed to create typed patch object (${metadata.namespace ?? ""}/${metadata.name}; ${apiVersion}, Kind=${kind}): ${list}`;
}

/** A field's name up to the first thing that could be a value. */
function fieldName(field: string): string {
  return /^[\w.\-/]*/.exec(field)?.[0] ?? "";
}

/** Paths such as `.stringData.list` in the text that really lead somewhere in what was sent. */
function pathsIn(message: string, object: KubeObject | undefined): string[] {
  if (object === undefined) return [];
  const paths: string[] = [];
  for (const [path] of message.matchAll(
    /\.(?:data|stringData|metadata|type|immutable|spec|status|[a-z][A-Za-z]*)(?:\.[A-Za-z0-9_\-.]+)?(?=:)/g,
  )) {
    if (leadsSomewhere(path.slice(1), object)) paths.push(path);
  }
  return paths;
}

/** The server does not say which key it could not decode. */
function notBase64(object: KubeObject | undefined): string[] {
  const isBase64 = (value: unknown): boolean =>
    typeof value !== "string" ||
    /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/.test(value.replace(/[\r\n]/g, ""));
  return Object.entries((object?.["data"] ?? {}) as Record<string, unknown>).flatMap(([key, value]) =>
    isBase64(value) ? [] : [`.data.${key}`],
  );
}

/** Keys may hold dots themselves: `.data.tls.crt`. */
function leadsSomewhere(path: string, value: unknown): boolean {
  if (path === "") return true;
  if (!isMapping(value)) return false;
  return Object.entries(value).some(
    ([key, below]) =>
      path === key || (path.startsWith(`${key}.`) && leadsSomewhere(path.slice(key.length + 1), below)),
  );
}
