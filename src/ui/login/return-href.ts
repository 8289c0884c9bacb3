import { returnPath } from "../../lib/return-path.ts";
import { BASE } from "../store/daemon.ts";
import { place } from "../store/route.ts";

/** Where a login leads: what was asked for, or as `/login` was told, which anybody may have written. */
export function returnHref(): string {
  const { path, query } = place.value;
  if (path !== "/login") return location.href.slice(location.origin.length);
  return returnPath(query.get("return_url") ?? undefined, BASE.pathname);
}
