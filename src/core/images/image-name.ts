/** Names of images. Source: docker's reference grammar. */

export interface ImageName {
  /** As written, without tag and digest: `nginx`, `ghcr.io/team/shop`. */
  name: string;
  /** `docker.io`, `ghcr.io`, `localhost:5000` */
  registry: string;
  /** `library/nginx`, `team/shop` */
  repository: string;
  /** "" where there is none. */
  tag: string;
  /** `sha256:…`; "" where there is none. */
  digest: string;
}

const HUB = "docker.io";
const HUBS = /^(?:index\.|registry-1\.)?docker\.io$/;
const PATH = /^[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*(?:\/[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*)*$/;
const HOST = /^[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?(?::\d{1,5})?$|^\[[0-9a-f:.]+\](?::\d{1,5})?$/;
const LONGEST = 500;

/** @returns undefined where the text names no image */
export function parseImageName(text: string): ImageName | undefined {
  if (text.length > LONGEST) return undefined;
  const [, whole = "", tag = "", digest = ""] =
    /^([^@\s]+?)(?::([\w][\w.-]{0,127}))?(?:@(sha256:[0-9a-f]{64}))?$/.exec(text) ?? [];
  if (whole === "") return undefined;
  const slash = whole.indexOf("/");
  const first = slash < 0 ? "" : whole.slice(0, slash);
  const hasHost = first !== "" && (/[.:]/.test(first) || first === "localhost");
  const host = hasHost ? first.toLowerCase() : HUB;
  const path = hasHost ? whole.slice(slash + 1) : whole;
  const registry = HUBS.test(host) ? HUB : host;
  const repository = registry === HUB && !path.includes("/") ? `library/${path}` : path;
  if (!HOST.test(host) || !PATH.test(repository)) return undefined;
  return { name: whole, registry, repository, tag, digest };
}

/** Equal for names of one repository, however they are written. */
export function placeOfImage({ registry, repository }: Pick<ImageName, "registry" | "repository">): string {
  return `${registry}/${repository}`;
}
