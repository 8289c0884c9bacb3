import { defined, filled } from "../../lib/defined.ts";
import { methodNotAllowed, pathNotFound } from "../api-error.ts";
import type { Kind } from "../kinds/kind.ts";
import type { Deleted } from "../rest/kube-api.ts";
import type { Subresource } from "../rest/options.ts";
import { answerLog } from "./answer-log.ts";
import { answerPatch } from "./answer-patch.ts";
import { answerScale } from "./answer-scale.ts";
import { answerWatch } from "./answer-watch.ts";
import { json } from "./answers.ts";
import type { Handling } from "./handling.ts";
import { noContainers } from "./no-containers.ts";
import { deleteOptions, readBody, withField, writeOptions } from "./read-request.ts";
import type { Route } from "./route.ts";
import { tableOfObjects, wantsTable } from "./table.ts";

/** Everything at one object's path and its subresources. */
export async function answerObject(
  request: Request,
  url: URL,
  route: Route & { name: string },
  on: Handling,
  warnings: string[],
): Promise<Response> {
  const { kind, name, subresource } = route;
  const namespace = route.namespace ?? "";
  const { api } = on;
  const query = url.searchParams;
  if (subresource === "log" && kind.resource === "pods" && request.method === "GET")
    return answerLog(api.get(kind, namespace, name), query, request.signal, on);
  const noContainer = kind.resource === "pods" ? noContainers(name, subresource) : undefined;
  if (noContainer !== undefined) {
    api.get(kind, namespace, name);
    throw noContainer;
  }
  if (subresource !== "" && !kind.subresources.includes(subresource)) throw pathNotFound();
  if (subresource === "scale") return answerScale(request, url, route, on, warnings);
  const part: Subresource = subresource === "status" ? "status" : "";
  switch (request.method) {
    case "GET": {
      if (query.get("watch") === "true")
        return answerWatch(request, withField(url, `metadata.name=${name}`), kind, route.namespace, on);
      const one = api.get(kind, namespace, name);
      return json(
        wantsTable(request.headers.get("accept") ?? "")
          ? tableOfObjects(
              kind,
              [one],
              { resourceVersion: one.metadata.resourceVersion ?? "" },
              query.get("includeObject"),
              on.clock.now(),
            )
          : one,
      );
    }
    case "PUT":
      return json(
        api.update(
          kind,
          namespace,
          name,
          await readBody(request, api.registry.builtin),
          writeOptions(request, query, "UpdateOptions", warnings),
          part,
        ),
      );
    case "PATCH":
      return answerPatch(request, url, route, part, on, warnings);
    case "DELETE": {
      if (part !== "") throw methodNotAllowed();
      return deleted(
        kind,
        api.delete(
          kind,
          namespace,
          name,
          deleteOptions(query, await readBody(request, api.registry.builtin), warnings),
        ),
      );
    }
    default:
      throw methodNotAllowed();
  }
}

function deleted(kind: Kind, outcome: Deleted): Response {
  if (outcome.is === "waiting") return json(outcome.object);
  const { name, uid } = outcome.object.metadata;
  return json({
    kind: "Status",
    apiVersion: "v1",
    metadata: {},
    status: "Success",
    details: {
      name,
      ...filled({ group: kind.group }),
      kind: kind.resource,
      ...defined({ uid }),
    },
  });
}
