import type { ApiContext } from "./context.ts";
import type { Routes } from "./routes.ts";

/** The status page's files. They hold no data, so a browser may keep them as long as their content is the same. */
export function pageRoutes(routes: Routes, { assets, basePath }: ApiContext): void {
  // Its files are relative to it: without the last slash they would be looked for one step too high.
  if (basePath !== "") routes.get(basePath, "open", (c) => c.redirect(`${basePath}/`, 308));
  for (const { path, type, body } of assets) {
    const etag = `"${Bun.hash(body).toString(36)}"`;
    const headers = { "content-type": type, etag, "cache-control": "no-cache" };
    routes.get(path, "open", (c) =>
      c.req.header("if-none-match") === etag ? c.body(null, 304, headers) : c.body(body, 200, headers),
    );
  }
}
