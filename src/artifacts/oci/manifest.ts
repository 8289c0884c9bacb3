/** What a registry's manifest says. Source: OCI image-spec 1.1; media types as Argo CD, Helm and Flux publish them. */
import type { Digest } from "../../core/model/source-revision.ts";
import { isMapping } from "../../lib/is-mapping.ts";
import { MAX_ARCHIVE_BYTES } from "../place.ts";
import { isDigest } from "./address.ts";

const MANIFESTS = [
  "application/vnd.oci.image.manifest.v1+json",
  "application/vnd.docker.distribution.manifest.v2+json",
];
const INDEXES = [
  "application/vnd.oci.image.index.v1+json",
  "application/vnd.docker.distribution.manifest.list.v2+json",
];
export const ACCEPTED = [...MANIFESTS, ...INDEXES].join(", ");

const CHART = "application/vnd.cncf.helm.chart.content.v1.tar+gzip";
/** Helm 3.6 and before. */
const OLD_CHART = "application/tar+gzip";
const HELM_CONFIG = "application/vnd.cncf.helm.config.v1+json";
const FILES = [
  "application/vnd.oci.image.layer.v1.tar",
  "application/vnd.oci.image.layer.v1.tar+gzip",
  "application/vnd.cncf.flux.content.v1.tar+gzip",
];

export interface Layer {
  digest: Digest;
  /** Bytes. */
  size: number;
  holds: "chart" | "files";
}

export type Manifest =
  | { is: "manifest"; layer: Layer; annotations: Readonly<Record<string, string>> }
  /** Something of several: this one is the only one that may be meant. */
  | { is: "index"; manifest: Digest }
  /** A sentence without a full stop. */
  | { is: "refused"; why: string };

/** @param text whose digest has been checked */
export function readManifest(text: string): Manifest {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return refused("its manifest is no JSON");
  }
  if (!isMapping(value) || value["schemaVersion"] !== 2)
    return refused("its manifest is of no version that is known");
  // Two readers would take it for two things.
  if (value["manifests"] !== undefined && value["layers"] !== undefined)
    return refused("its manifest is an index and none, both at once");
  if (Array.isArray(value["manifests"])) return readIndex(value["manifests"]);
  const layers = Array.isArray(value["layers"]) ? value["layers"].filter(isMapping) : [];
  const config = isMapping(value["config"]) ? value["config"] : {};
  const found = config["mediaType"] === HELM_CONFIG ? chartLayers(layers) : filesLayers(layers);
  const [layer, another] = found;
  if (layer === undefined) {
    const types = layers.map(({ mediaType }) => String(mediaType).slice(0, 100)).slice(0, 5);
    return refused(
      types.length === 0
        ? "it has no content"
        : `its content is ${types.join(", ")}, and none of it is a packed chart or folder`,
    );
  }
  if (another !== undefined)
    return refused(`its content is in ${found.length} layers, where one is expected`);
  const { digest, size } = layer.entry;
  if (typeof digest !== "string" || !isDigest(digest)) return refused("its content has no sha256 digest");
  if (typeof size !== "number" || !Number.isSafeInteger(size) || size < 0)
    return refused("its content has no size");
  if (size > MAX_ARCHIVE_BYTES) return refused(`its content is larger than ${MAX_ARCHIVE_BYTES >> 20} MiB`);
  return {
    is: "manifest",
    layer: { digest, size, holds: layer.holds },
    annotations: textsOf(value["annotations"]),
  };
}

interface Found {
  entry: Record<string, unknown>;
  holds: Layer["holds"];
}

/** Beside a chart may lie what vouches for it. */
function chartLayers(layers: readonly Record<string, unknown>[]): Found[] {
  return layers
    .filter(({ mediaType }) => mediaType === CHART || mediaType === OLD_CHART)
    .map((entry) => ({ entry, holds: "chart" }));
}

function filesLayers(layers: readonly Record<string, unknown>[]): Found[] {
  return layers
    .filter(({ mediaType }) => mediaType === CHART || FILES.includes(String(mediaType)))
    .map((entry) => ({ entry, holds: entry["mediaType"] === CHART ? "chart" : "files" }));
}

/** Statements about a build stand in an index too, as manifests for no platform. */
function readIndex(manifests: readonly unknown[]): Manifest {
  const meant = manifests.filter(isMapping).filter(({ mediaType, platform }) => {
    const isAttestation = isMapping(platform) && platform["architecture"] === "unknown";
    return (mediaType === undefined || MANIFESTS.includes(String(mediaType))) && !isAttestation;
  });
  const [one, another] = meant;
  if (one === undefined || another !== undefined)
    return refused(`it is an index of ${meant.length} manifests, and one is expected`);
  const { digest } = one;
  return typeof digest === "string" && isDigest(digest)
    ? { is: "index", manifest: digest }
    : refused("its index names a manifest without a sha256 digest");
}

function textsOf(value: unknown): Record<string, string> {
  if (!isMapping(value)) return {};
  return Object.fromEntries(
    Object.entries(value).filter((entry): entry is [string, string] => typeof entry[1] === "string"),
  );
}

function refused(why: string): Manifest {
  return { is: "refused", why };
}
