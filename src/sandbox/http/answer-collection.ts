import { methodNotAllowed } from "../api-error.ts";
import { isObject, type JsonObject, type KubeJson } from "../json.ts";
import type { Kind } from "../kinds/kind.ts";
import { answerWatch } from "./answer-watch.ts";
import { json } from "./answers.ts";
import type { Handling } from "./handling.ts";
import { deleteOptions, readBody, writeOptions } from "./read-request.ts";
import { answerReview } from "./reviews.ts";
import type { Route } from "./route.ts";
import { tableOfObjects, wantsTable } from "./table.ts";

/** Lists, watches, creates and deletes at a kind's path. */
export async function answerCollection(
  request: Request,
  url: URL,
  { kind, namespace }: Route,
  on: Handling,
  warnings: string[],
): Promise<Response> {
  const { api } = on;
  const query = url.searchParams;
  switch (request.method) {
    case "GET": {
      if (kind.use === "create-only") throw methodNotAllowed();
      const accept = request.headers.get("accept") ?? "";
      if (query.get("watch") === "true" || query.get("watch") === "1")
        return answerWatch(request, url, kind, namespace, on);
      const { items, metadata } = on.lists.list({ kind, namespace, query });
      if (wantsTable(accept))
        return json(tableOfObjects(kind, items, metadata, query.get("includeObject"), on.clock.now()));
      return json({ kind: kind.listKind, apiVersion: kind.apiVersion, metadata, items: listed(kind, items) });
    }
    case "POST": {
      const body = await readBody(request, api.registry.builtin);
      if (kind.use === "create-only") return json(answerReview(kind, isObject(body) ? body : {}), 201);
      if (kind.scope === "namespaced" && namespace === undefined) throw methodNotAllowed();
      return json(
        api.create(kind, namespace ?? "", body, writeOptions(request, query, "CreateOptions", warnings)),
        201,
      );
    }
    case "DELETE": {
      if (kind.scope === "namespaced" && namespace === undefined) throw methodNotAllowed();
      const options = deleteOptions(query, await readBody(request, api.registry.builtin), warnings);
      const { items, metadata } = on.lists.list({ kind, namespace, query });
      for (const one of items)
        api.delete(kind, one.metadata.namespace ?? "", one.metadata.name, {
          ...options,
          uid: one.metadata.uid,
        });
      return json({ kind: kind.listKind, apiVersion: kind.apiVersion, metadata, items: listed(kind, items) });
    }
    default:
      throw methodNotAllowed();
  }
}

/** In a list of a built-in kind the list says what its items are. */
function listed(kind: Kind, items: readonly KubeJson[]): JsonObject[] {
  return kind.custom === undefined
    ? items.map(({ kind: _kind, apiVersion: _version, ...item }) => item)
    : [...items];
}
