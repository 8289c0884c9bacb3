import { brotliCompressSync, constants, gzipSync } from "node:zlib";
import type { ApiContext, Asset } from "./context.ts";
import type { Routes } from "./routes.ts";

/** What a browser may take as it is: below, a packed one is hardly smaller. */
const SMALL_BYTES = 1_024;

/** The page and its files. They hold no data, so a browser may keep them as long as their content is the same. */
export function pageRoutes(
  routes: Routes,
  { assets, basePath }: Pick<ApiContext, "assets" | "basePath">,
): void {
  // Without its last slash it is another path than the page's.
  if (basePath !== "") routes.page(basePath, (c) => c.redirect(`${basePath}/`, 308));
  for (const asset of assets) {
    const packed = packedOnce(placed(asset, basePath));
    const etag = `"${Bun.hash(placed(asset, basePath)).toString(36)}"`;
    const headers = {
      "content-type": asset.type,
      etag,
      vary: "accept-encoding",
      "cache-control": asset.keep === "forever" ? "public, max-age=31536000, immutable" : "no-cache",
    };
    for (const path of asset.paths)
      routes.page(path, (c) => {
        if (c.req.header("if-none-match") === etag) return c.body(null, 304, headers);
        const { encoding, body } = packed(c.req.header("accept-encoding") ?? "");
        return c.body(body, 200, {
          ...headers,
          ...(encoding === undefined ? {} : { "content-encoding": encoding }),
        });
      });
  }
}

/** Whether a path below the base is one of the page: static, open to everybody, and opened by links from elsewhere. */
export function pagePaths(assets: readonly Asset[]): (path: string) => boolean {
  const [exact, patterns] = [new Set<string>(), [] as RegExp[]];
  for (const path of assets.flatMap(({ paths }) => paths))
    if (path.includes(":")) patterns.push(new RegExp(`^${path.replaceAll(/:[a-z]+/g, "[^/]+")}$`));
    else exact.add(path);
  return (path) => exact.has(path) || patterns.some((pattern) => pattern.test(path));
}

/** The page names its files from the root. */
function placed({ type, body }: Asset, basePath: string): string {
  return type.startsWith("text/html") ? body.replaceAll(/(src|href)="\/ui\//g, `$1="${basePath}/ui/`) : body;
}

type Packed = { encoding: "br" | "gzip" | undefined; body: Uint8Array<ArrayBuffer> | string };

/** Packed when the first browser asks for it, once. */
function packedOnce(body: string): (accepted: string) => Packed {
  const made = new Map<string, Packed>();
  return (accepted) => {
    const encoding =
      body.length < SMALL_BYTES
        ? undefined
        : /\bbr\b/.test(accepted)
          ? "br"
          : /\bgzip\b/.test(accepted)
            ? "gzip"
            : undefined;
    const before = made.get(encoding ?? "");
    if (before !== undefined) return before;
    const packed: Packed = { encoding, body: encoding === undefined ? body : pack(body, encoding) };
    made.set(encoding ?? "", packed);
    return packed;
  };
}

function pack(body: string, encoding: "br" | "gzip"): Uint8Array<ArrayBuffer> {
  const quality = { [constants.BROTLI_PARAM_QUALITY]: 9 };
  return new Uint8Array(
    encoding === "br" ? brotliCompressSync(body, { params: quality }) : gzipSync(body, { level: 9 }),
  );
}
