import type { ApiContext } from "./context.ts";
import type { Routes } from "./routes.ts";
import { openApiOf } from "./terms/document.ts";
import { json } from "./terms/terms.ts";
import { anything, map } from "./terms/wire.ts";

/** Open to everybody: it holds no data, and says what is served and nothing of what is there. */
export const DESCRIPTION_PATH = "/openapi.json";

/**
 * `/openapi.json`: every route that is served, printed from what its requests are read by. As in Argo CD nobody has to log in
 * for it; which version answers is not in it.
 */
export function descriptionRoutes(routes: Routes, { basePath }: Pick<ApiContext, "basePath">): void {
  let printed: { body: string; etag: string } | undefined;
  // At the first question: routes are added after this one too.
  const print = (): { body: string; etag: string } => {
    const body = JSON.stringify(openApiOf(routes.declared, { basePath }));
    return { body, etag: `"${Bun.hash(body).toString(36)}"` };
  };
  routes.get(
    DESCRIPTION_PATH,
    {
      id: "describeApi",
      says: "This document.",
      asks: "open",
      answers: json(map(anything())),
    },
    (c) => {
      printed ??= print();
      const headers = { "content-type": "application/json", etag: printed.etag, "cache-control": "no-cache" };
      return c.req.header("if-none-match") === printed.etag
        ? c.body(null, 304, headers)
        : c.body(printed.body, 200, headers);
    },
  );
}
