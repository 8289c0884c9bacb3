import { Hono } from "hono";
import { getPath } from "hono/utils/url";
import { belowBase } from "../base-path.ts";
import type { Asset, Env } from "../context.ts";
import { pagePaths, pageRoutes } from "../pages.ts";
import { routesOf } from "../routes.ts";
import { withSecurityHeaders } from "../security-headers.ts";

export interface OwnPage {
  /** @param leaders of the leader's version, or one that nobody knows: then it has what names its content, and nothing else */
  answer(request: Request, leaders: "same" | "another"): Promise<Response> | undefined;
}

/**
 * The page's files, as a replica has them itself. Where the leader is of another version a page made of both would not work:
 * then only files are answered whose path names their content, for a page that was loaded before.
 */
export function ownPage(assets: readonly Asset[], basePath: string): OwnPage {
  const routed = (request: Request): string => belowBase(getPath(request), basePath);
  const router = new Hono<Env>({ getPath: routed });
  pageRoutes(routesOf(router), { assets, basePath });
  const isPage = pagePaths(assets);
  const isLasting = pagePaths(assets.filter(({ keep }) => keep === "forever"));
  return {
    answer(request, leaders) {
      if (request.method !== "GET" && request.method !== "HEAD") return undefined;
      const path = routed(request);
      if (!(leaders === "same" ? isPage(path) : isLasting(path))) return undefined;
      return (async () => withSecurityHeaders(await router.fetch(request), "left out"))();
    },
  };
}
