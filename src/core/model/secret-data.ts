import { isMapping } from "../../lib/is-mapping.ts";
import { type KubeObject, parseApiVersion } from "./kube-object.ts";

/** Whether an object is a core Secret; kinds of that name in other groups are not. */
export function isSecret(object: KubeObject): boolean {
  return object.kind === "Secret" && parseApiVersion(object.apiVersion).group === "";
}

/** `data` with `stringData` written over it, as the API server does: every value as base64, or its JSON where it is no text. */
export function secretData(secret: KubeObject): Record<string, string> {
  const data: Record<string, string> = {};
  for (const [key, value] of Object.entries(fieldsOf(secret["data"])))
    data[key] = typeof value === "string" ? value : value === null ? "" : JSON.stringify(value);
  for (const [key, value] of Object.entries(fieldsOf(secret["stringData"]))) {
    data[key] = Buffer.from(typeof value === "string" ? value : JSON.stringify(value ?? "")).toString(
      "base64",
    );
  }
  return data;
}

function fieldsOf(value: unknown): Record<string, unknown> {
  return isMapping(value) ? value : {};
}
