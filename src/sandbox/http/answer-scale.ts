import { applyMergePatch } from "../../lib/merge-patch.ts";
import { methodNotAllowed } from "../api-error.ts";
import type { Json, KubeJson } from "../json.ts";
import { jsonPatched } from "../patch/json-patch.ts";
import { json } from "./answers.ts";
import type { Handling } from "./handling.ts";
import { parseJson, parseYamlBody, readBody, readText, writeOptions } from "./read-request.ts";
import type { Route } from "./route.ts";
import { scaleOf, withScale } from "./scale.ts";

/** The scale subresource: read, replaced, patched. */
export async function answerScale(
  request: Request,
  url: URL,
  { kind, namespace = "", name }: Route & { name: string },
  { api }: Handling,
  warnings: string[],
): Promise<Response> {
  const show = (one: KubeJson) => json(scaleOf(kind, one));
  const current = api.get(kind, namespace, name);
  if (request.method === "GET") return show(current);
  const options = writeOptions(request, url.searchParams, "UpdateOptions", warnings);
  if (request.method === "PUT") {
    const body = await readBody(request, api.registry.builtin);
    return show(api.scale(kind, namespace, name, (one) => withScale(kind, one, body), options));
  }
  if (request.method !== "PATCH") throw methodNotAllowed();
  const type = (request.headers.get("content-type") ?? "").split(";")[0]?.trim() ?? "";
  const text = await readText(request);
  const change = type === "application/apply-patch+yaml" ? parseYamlBody(text) : parseJson(text);
  const patched = (one: KubeJson) =>
    type === "application/json-patch+json"
      ? jsonPatched(scaleOf(kind, one), change)
      : (applyMergePatch(scaleOf(kind, one), change) as Json);
  return show(api.scale(kind, namespace, name, (one) => withScale(kind, one, patched(one)), options));
}
