/**
 * Where a browser goes after a login: a place of this page, whatever the address asked for. `//host`, `/\host`, a tab in
 * the middle and a scheme are all other servers to a browser, so that only what comes out of its own parser counts.
 * @returns a path with its query and fragment; `/` for everything else
 */
export function returnPath(asked: string | undefined, basePath = "/"): string {
  const home = basePath.endsWith("/") ? basePath : `${basePath}/`;
  if (asked === undefined || asked.length > 2_048 || !asked.startsWith("/")) return home;
  const url = URL.parse(asked, "https://here.invalid");
  if (url === null || url.origin !== "https://here.invalid" || url.username !== "") return home;
  const path = `${url.pathname}${url.search}${url.hash}`;
  if (path.startsWith("//") || !path.startsWith(home)) return home;
  // Who is sent to a login by a login never arrives.
  return /^(?:auth|login|logout)(?:[/?#]|$)/.test(path.slice(home.length)) ? home : path;
}
