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

/**
 * The page itself, for a browser that asks for an address at which nothing is: it says so, and which pages there are.
 * @returns undefined where the daemon has no page
 */
export function lostPage(assets: readonly Asset[], basePath: string): (() => Response) | undefined {
  const asset = assets.find(({ paths }) => paths.includes("/"));
  if (asset === undefined) return undefined;
  const body = placed(asset, basePath);
  return () =>
    new Response(body, { status: 404, headers: { "content-type": asset.type, "cache-control": "no-store" } });
}

/** Whether somebody follows a link or types an address, and no program asks. */
export function isBrowsing({ method, headers }: Request): boolean {
  return method === "GET" && /\btext\/html\b/.test(headers.get("accept") ?? "");
}

/**
 * Whether a path below the base is in no room of the API, whichever its routes are there: below its first step, whoever asks
 * is told what the API tells.
 */
export function strayPaths(
  declared: readonly { path: string }[],
  isPage: (path: string) => boolean,
): (path: string) => boolean {
  const rooms = new Set([
    "ui",
    ...declared.filter(({ path }) => !isPage(path)).map(({ path }) => roomOf(path)),
  ]);
  return (path) => !rooms.has(roomOf(path));
}

function roomOf(path: string): string {
  return path.split("/")[1] ?? "";
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
