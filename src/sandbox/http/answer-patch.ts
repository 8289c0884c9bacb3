import { applyMergePatch } from "../../lib/merge-patch.ts";
import { unsupportedMediaType } from "../api-error.ts";
import type { Json } from "../json.ts";
import { jsonPatched } from "../patch/json-patch.ts";
import { applyStrategicPatch } from "../patch/strategic-patch.ts";
import { needFieldManager, type Subresource } from "../rest/options.ts";
import { json } from "./answers.ts";
import type { Handling } from "./handling.ts";
import { needObject, parseJson, parseYamlBody, readText, writeOptions } from "./read-request.ts";
import type { Route } from "./route.ts";

/** The four kinds of patch, told apart by their content type. */
export async function answerPatch(
  request: Request,
  url: URL,
  { kind, namespace = "", name }: Route & { name: string },
  part: Subresource,
  { api }: Handling,
  warnings: string[],
): Promise<Response> {
  const query = url.searchParams;
  const type = (request.headers.get("content-type") ?? "").split(";")[0]?.trim() ?? "";
  const text = await readText(request);
  const options = writeOptions(request, query, "PatchOptions", warnings);
  const forced = query.get("force");
  if (type === "application/apply-patch+yaml") {
    const fieldManager = needFieldManager(query.get("fieldManager"));
    const { object: applied, verb } = api.apply(
      kind,
      namespace,
      name,
      parseYamlBody(text),
      { ...options, fieldManager, conflicts: forced === "true" ? "force" : "refuse" },
      part,
    );
    return json(applied, verb === "created" ? 201 : 200);
  }
  const change = parseJson(text);
  switch (type) {
    case "application/json-patch+json":
      return json(api.patch(kind, namespace, name, (current) => jsonPatched(current, change), options, part));
    case "application/merge-patch+json":
      return json(
        api.patch(
          kind,
          namespace,
          name,
          (current) => needObject(applyMergePatch(current, change) as Json),
          options,
          part,
        ),
      );
    case "application/strategic-merge-patch+json":
      if (kind.custom !== undefined) throw unsupportedMediaType(type);
      return json(
        api.patch(
          kind,
          namespace,
          name,
          (current) => applyStrategicPatch(current, needObject(change), kind.type),
          options,
          part,
        ),
      );
    default:
      throw unsupportedMediaType(type);
  }
}
