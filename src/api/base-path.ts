/**
 * What stands behind the base path, as it was sent: `/holdfast/api/version` is `/api/version`. A proxy may have taken it
 * away, so that a path that does not begin with it is taken as it is.
 *
 * @param basePath `/holdfast`, or ""
 */
export function belowBase(path: string, basePath: string): string {
  return basePath !== "" && path.startsWith(`${basePath}/`) ? path.slice(basePath.length) : path;
}

/** As it was sent, without a query: `URL` would decode and fold before anyone looked. */
export function pathOf(url: string): string {
  const start = url.indexOf("/", url.indexOf("://") + 3);
  return start < 0 ? "/" : url.slice(start).split(/[?#]/, 1)[0]!;
}
