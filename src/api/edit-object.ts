import type { KubeObject } from "../core/model/kube-object.ts";
import { refOf } from "../core/model/object-ref.ts";
import { isMapping } from "../lib/is-mapping.ts";
import { ApiError, notFound, refused } from "./api-error.ts";
import { describe } from "./applications.ts";
import type { ApiContext } from "./context.ts";
import { keyFrom } from "./find-app.ts";
import { MANIFEST_CAP_BYTES } from "./read-json.ts";
import { may, type Routes } from "./routes.ts";
import { FIELD_DIFFERENCE, OBJECT } from "./terms/answers.ts";
import { json } from "./terms/terms.ts";
import { anything, choice, fields, list, map, optional, text, told } from "./terms/wire.ts";

const EDIT = {
  id: "editResource",
  says: "One object on its cluster as somebody would have it, tried or written.",
  asks: may("applications", "update"),
  body: fields({
    from: map(anything(), {
      says: "As it was shown. Where a field that is to be changed is another one by now, nothing is changed.",
    }),
    object: map(anything(), { says: "The same, with what is to be changed." }),
    mode: choice(
      ["dry-run", "write"],
      "`dry-run`: the server says what would come of it, and keeps nothing.",
    ),
  }),
  capBytes: MANIFEST_CAP_BYTES,
  answers: json(
    told({
      object: OBJECT,
      fields: list(FIELD_DIFFERENCE),
      patch: optional(
        list(told({ op: text(), path: text(), value: optional(anything()) }), {
          says: "RFC 6902; absent where the object holds secrets, or nothing changes.",
        }),
      ),
      undoneBySync: list(text(), { says: "Fields that Git sets: the next sync puts them back." }),
    }),
  ),
} as const;

/** `POST /api/holdfast/v1/applications/{namespace}/{name}/object`: a live object, edited in full. Asks for `update/<group>/<kind>/<namespace>/<name>`. */
export function editObjectRoutes(routes: Routes, { control }: Pick<ApiContext, "control">): void {
  const path = "/api/holdfast/v1/applications/:namespace/:name/object";
  routes.post(path, EDIT, async (c, who, { body: { from, object, mode } }) => {
    const key = keyFrom(c.req.param("namespace"), c.req.param("name"));
    const app = control.application(who, key);
    if (app === undefined) throw notFound(`application ${key}`);
    const edited = manifestIn(object);
    const ask = { ref: refOf(edited), from: manifestIn(from), edited, mode, actor: who.actor };
    const done = await control.editObject(who, key, ask);
    if (done.is !== "edited") throw refused(done, describe(app));
    return c.json(done.edited);
  });
}

/** Who set what is the server's to say, and is left out. @throws {ApiError} 400 */
function manifestIn(object: Record<string, unknown>): KubeObject {
  const { apiVersion, kind, metadata } = object;
  const isText = (value: unknown): boolean => typeof value === "string" && value !== "";
  if (
    !isText(apiVersion) ||
    !isText(kind) ||
    !isMapping(metadata) ||
    !isText(metadata["name"]) ||
    ["namespace", "resourceVersion"].some((name) => metadata[name] !== undefined && !isText(metadata[name]))
  )
    throw new ApiError(
      "InvalidArgument",
      "object and from: send the whole object, with apiVersion, kind and metadata.name",
    );
  for (const name of ["labels", "annotations"])
    if (!isTexts(metadata[name] ?? {}))
      throw new ApiError("InvalidArgument", `object and from: metadata.${name} holds texts by their names`);
  const { managedFields: _, ...kept } = metadata;
  return { ...object, metadata: kept } as unknown as KubeObject;
}

function isTexts(value: unknown): boolean {
  return isMapping(value) && Object.values(value).every((one) => typeof one === "string");
}
