import type { ImagePush } from "./provider.ts";

/** `oci://GHCR.io/User/Repo/` and `ghcr.io/user/repo` are one repository of a registry. */
export function imagePlace(url: string): string {
  return url
    .trim()
    .toLowerCase()
    .replace(/^oci:\/\//, "")
    .replace(/\/$/, "");
}

/**
 * An image as registries write it, such as `harbor.example.com:8443/team/app:1.2.0`. A tag's case counts.
 * @returns undefined where it has no host before its name
 */
export function parseImage(text: string): ImagePush | undefined {
  const [, registry, repository, tag = ""] =
    /^(?:oci:\/\/)?([^\s/?#\\@]+)\/([^\s:?#\\@]+)(?::([\w.-]{1,128}))?(?:@.*)?$/is.exec(text.trim()) ?? [];
  if (registry === undefined || repository === undefined) return undefined;
  return { registry: registry.toLowerCase(), repository: imagePlace(repository), tag };
}
