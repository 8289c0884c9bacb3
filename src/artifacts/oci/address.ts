/** Where something lies in a registry. Source: OCI distribution-spec 1.1, "Pulling manifests"; docker's reference grammar. */
import { Failure } from "../../core/model/failure.ts";
import type { Digest } from "../../core/model/source-revision.ts";
import { withoutUserinfo } from "../../lib/url-userinfo.ts";

export interface OciAddress {
  /** `https://registry.example.com:5000` */
  origin: string;
  /** The repository's name in the registry: `team/charts/shop`; "" is the registry itself. */
  name: string;
}

const HOST = /^[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?(?::\d{1,5})?$|^\[[0-9a-f:.]+\](?::\d{1,5})?$/i;
const NAME = /^[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*(?:\/[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*)*$/;
const TAG = /^\w[\w.-]{0,127}$/;
const DIGEST = /^sha256:[0-9a-f]{64}$/;

/** Docker Hub is written by one name and answers at another, where repositories of nobody are the library's. */
const HUB = /^(?:index\.|registry-1\.)?docker\.io$/i;

/**
 * The registry itself, where an address names nothing in it: `oci://host`, or the same without a scheme.
 * @returns undefined where there is a path, or no host
 */
export function registryItself(url: string, scheme: "https" | "http"): OciAddress | undefined {
  const host = url.replace(/^oci:\/\//i, "").replace(/\/+$/, "");
  return HOST.test(host) ? { origin: originOf(host, scheme), name: "" } : undefined;
}

function originOf(host: string, scheme: "https" | "http"): string {
  return `${scheme}://${HUB.test(host) ? "registry-1.docker.io" : host.toLowerCase()}`;
}

/**
 * @param url `oci://host/path`, or the same without a scheme
 * @param chart steps of the path that a source names as its chart
 * @throws {Failure} invalid-spec
 */
export function parseAddress(url: string, chart: string | undefined, scheme: "https" | "http"): OciAddress {
  const show = withoutUserinfo(url);
  const rest = url.replace(/^oci:\/\//i, "");
  const slash = rest.indexOf("/");
  const host = slash < 0 ? rest : rest.slice(0, slash);
  const path = slash < 0 ? "" : rest.slice(slash + 1).replace(/\/+$/, "");
  const written = [path, chart].filter((part) => part !== undefined && part !== "").join("/");
  const refused = (why: string, fix: string): Failure =>
    new Failure("invalid-spec", show, "after-edit", {
      cannot: "use this address as one of a registry",
      why,
      fix,
    });
  const example = "Write it like oci://registry.example.com/team/shop";
  if (rest.includes("@"))
    throw refused(
      "it holds a user name, a password or a digest",
      `${example}, and the digest into targetRevision`,
    );
  if (!HOST.test(host)) throw refused(`${JSON.stringify(host)} is no name of a host`, example);
  const isHub = HUB.test(host);
  const name = isHub && written !== "" && !written.includes("/") ? `library/${written}` : written;
  if (!NAME.test(name) || name.length > 255)
    throw refused(
      name === ""
        ? "it names no repository in the registry"
        : `${JSON.stringify(name)} is no name of a repository in a registry`,
      `${example}: names are of small letters, digits, dots, - and _; a tag goes into targetRevision`,
    );
  return { origin: originOf(host, scheme), name };
}

export function isDigest(text: string): text is Digest {
  return DIGEST.test(text);
}

export function isTag(text: string): boolean {
  return TAG.test(text);
}

/** A tag cannot hold the `+` of a version. Source: Helm. */
export function tagOf(version: string): string {
  return version.replaceAll("+", "_");
}

export function versionOf(tag: string): string {
  return tag.replaceAll("_", "+");
}
