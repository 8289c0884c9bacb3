export type Inside = { ok: true; path: string } | { ok: false; why: string };

const ENCODED = /%(?:2e|2f|5c|00)/i;
const URL_OR_DRIVE = /^(?:[a-z][a-z0-9+.:-]+:\/\/|file:|[a-z]:[\\/])/i;

/**
 * The one place where a path that a user wrote becomes a path below a root. Pure: links are the caller's to check.
 *
 * @param folder where a relative path starts, itself below the root; "" is the root
 * @param path as written
 * @param absolute what a leading `/` means: the root, or a refusal
 * @returns a path without `.`, `..` or a slash at its ends; "" is the root
 */
export function resolveInside(
  folder: string,
  path: string,
  absolute: "from-root" | "refuse" = "refuse",
): Inside {
  if (path.includes("\0") || path.includes("\\")) return { ok: false, why: "it holds a backslash or a NUL" };
  if (ENCODED.test(path)) return { ok: false, why: "it holds percent-encoded dots or slashes" };
  if (URL_OR_DRIVE.test(path))
    return { ok: false, why: "it is a URL or a drive, not a path in the repository" };
  if (path.startsWith("/") && absolute === "refuse") return { ok: false, why: "it is absolute" };
  const parts: string[] = [];
  for (const part of [...(path.startsWith("/") ? [] : folder.split("/")), ...path.split("/")]) {
    if (part === "" || part === ".") continue;
    if (part !== "..") parts.push(part);
    else if (parts.pop() === undefined) return { ok: false, why: "it leads out of the repository" };
  }
  return { ok: true, path: parts.join("/") };
}

/** Whether `path` is `folder` or below it. Both as `resolveInside` answers. */
export function isInside(path: string, folder: string): boolean {
  return folder === "" || path === folder || path.startsWith(`${folder}/`);
}

/** The folder of a path; "" for what lies in the root. */
export function folderOf(path: string): string {
  return path.slice(0, Math.max(0, path.lastIndexOf("/")));
}

/** `name` below `folder`, either of which may be "". */
export function below(folder: string, name: string): string {
  return folder === "" ? name : name === "" ? folder : `${folder}/${name}`;
}
