/** What manifests, indexes and configs say of an image. Source: OCI image-spec 1.1; docker's schema 2. */
import { isMapping } from "../../lib/is-mapping.ts";
import { isDigest } from "./address.ts";

export interface PlatformImage {
  digest: string;
  /** `linux/arm64/v8`; "" where it does not say. */
  platform: string;
}

export type ImageManifest =
  | { is: "image"; config: string }
  | { is: "index"; images: readonly PlatformImage[] }
  /** A sentence without a full stop. */
  | { is: "refused"; why: string };

/** Entries of an index that are read. */
const MOST = 200;

/** @param text whose digest has been checked */
export function readImageManifest(text: string): ImageManifest {
  const value = mappingIn(text);
  if (value === undefined || value["schemaVersion"] !== 2)
    return { is: "refused", why: "its manifest is of no version that is known" };
  const { manifests, config, layers } = value;
  if (manifests !== undefined && layers !== undefined)
    return { is: "refused", why: "its manifest is an index and none, both at once" };
  if (Array.isArray(manifests))
    return {
      is: "index",
      images: manifests.slice(0, MOST).flatMap((entry) => platformImage(entry) ?? []),
    };
  const digest = isMapping(config) ? config["digest"] : undefined;
  return typeof digest === "string" && isDigest(digest)
    ? { is: "image", config: digest }
    : { is: "refused", why: "its manifest names no config" };
}

function platformImage(entry: unknown): PlatformImage | undefined {
  if (!isMapping(entry)) return undefined;
  const { digest, platform } = entry;
  if (typeof digest !== "string" || !isDigest(digest)) return undefined;
  const shown = platformOf(isMapping(platform) ? platform : {});
  // What proves an image is in its index beside it, and runs nowhere.
  return shown.startsWith("unknown/") ? undefined : { digest, platform: shown };
}

/** Platform and moment of an image's config. `built`: milliseconds since 1970. */
export function readImageConfig(text: string): { platform: string; built?: number } {
  const value = mappingIn(text) ?? {};
  const built = typeof value["created"] === "string" ? Date.parse(value["created"]) : Number.NaN;
  // Builds that can be repeated say the year 1 or 1970, and mean that they say nothing.
  return { platform: platformOf(value), ...(Number.isFinite(built) && built > 0 ? { built } : {}) };
}

function platformOf({ os, architecture, variant }: Record<string, unknown>): string {
  const parts = [os, architecture, variant].map((part) =>
    typeof part === "string" ? part.toLowerCase() : "",
  );
  return parts[0] === "" || parts[1] === "" ? "" : parts.filter((part) => part !== "").join("/");
}

/** `linux/arm64` asks for any variant of it. What does not say its platform is for none that is asked for. */
export function isForPlatform(platform: string, wanted: readonly string[]): boolean {
  return wanted.length === 0 || wanted.some((one) => platform === one || platform.startsWith(`${one}/`));
}

function mappingIn(text: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return isMapping(value) ? value : undefined;
  } catch {
    return undefined;
  }
}
