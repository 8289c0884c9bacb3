import { pathNotFound } from "../api-error.ts";
import type { JsonObject } from "../json.ts";

export function json(body: JsonObject, status = 200): Response {
  return new Response(JSON.stringify(body), {
    status,
    headers: { "Content-Type": "application/json", "Cache-Control": "no-cache, private" },
  });
}

export function discovery(body: JsonObject): Response {
  return new Response(JSON.stringify(body), {
    headers: {
      "Content-Type": "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList",
      Vary: "Accept",
    },
  });
}

export function found(body: JsonObject | undefined): Response {
  if (body === undefined) throw pathNotFound();
  return json(body);
}
