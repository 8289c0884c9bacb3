import { discovery, found, json } from "./answers.ts";
import { aggregated, coreVersions, groupList } from "./discovery.ts";
import type { Handling } from "./handling.ts";
import { openApiDocument, openApiIndex } from "./openapi.ts";

/** Paths that are no resources: probes, version, discovery, schemas. undefined for every other. */
export function fixedPath(
  request: Request,
  pathname: string,
  { api, version }: Handling,
): Response | undefined {
  const { registry } = api;
  const accept = request.headers.get("accept") ?? "";
  const wantsAggregated = /g=apidiscovery\.k8s\.io;v=v2(;|,|$)/.test(accept);
  switch (pathname) {
    case "/healthz":
    case "/livez":
    case "/readyz":
      return new Response("ok");
    case "/version": {
      const [, major = "1", minor = "0"] = /^v(\d+)\.(\d+)/.exec(version) ?? [];
      return json({
        major,
        minor,
        gitVersion: version,
        gitCommit: "sandbox",
        gitTreeState: "",
        buildDate: "1970-01-01T00:00:00Z",
        goVersion: "none",
        compiler: "bun",
        platform: "sandbox",
      });
    }
    case "/api":
      return wantsAggregated ? discovery(aggregated(registry, "core")) : json(coreVersions());
    case "/apis":
    case "/apis/":
      return wantsAggregated ? discovery(aggregated(registry, "named")) : json(groupList(registry));
    case "/openapi/v3":
      return json(openApiIndex(registry));
    case "/":
      return json({ paths: ["/api", "/apis", "/healthz", "/livez", "/openapi/v3", "/readyz", "/version"] });
  }
  const document = /^\/openapi\/v3\/(?:api\/(.+)|apis\/(.+))$/.exec(pathname);
  return document === null ? undefined : found(openApiDocument(registry, document[1] ?? document[2] ?? ""));
}
