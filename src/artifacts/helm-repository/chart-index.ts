/** What a chart repository's index.yaml says. */

import type { Digest } from "../../core/model/source-revision.ts";
import { isMapping } from "../../lib/is-mapping.ts";
import {
  compareVersions,
  newestMatching,
  parseConstraint,
  parseVersion,
} from "../../lib/version-constraint.ts";

export interface ChartVersion {
  version: string;
  /** Absent where the index tells none. */
  digest?: Digest;
  /** As written: absolute, or relative to the index. */
  url: string;
}

/** Versions by chart. */
export type ChartIndex = ReadonlyMap<string, readonly ChartVersion[]>;

/** @throws {Error} with why it is no index */
export function readIndex(text: string): ChartIndex {
  // An index is made by a program and may be 20 MB long. go-yaml's finer rules make no difference to names and versions.
  const value: unknown = Bun.YAML.parse(text);
  const entries = isMapping(value) ? value["entries"] : undefined;
  if (!isMapping(value) || value["apiVersion"] === undefined)
    throw new Error("it is no index of charts: it has no apiVersion");
  const index = new Map<string, ChartVersion[]>();
  if (!isMapping(entries)) return index;
  for (const [chart, versions] of Object.entries(entries))
    if (Array.isArray(versions)) index.set(chart, versions.flatMap(readVersion));
  return index;
}

/** An entry that cannot be used does not take the others along. Source: Helm. */
function readVersion(entry: unknown): ChartVersion[] {
  if (!isMapping(entry)) return [];
  const { version, digest, urls } = entry;
  const url: unknown = Array.isArray(urls) ? urls[0] : undefined;
  const text = typeof version === "number" ? String(version) : version;
  if (typeof text !== "string" || typeof url !== "string" || parseVersion(text) === undefined) return [];
  const [, hex] = /^(?:sha256:)?([0-9a-f]{64})$/.exec(typeof digest === "string" ? digest : "") ?? [];
  return [{ version: text, url, ...(hex === undefined ? {} : { digest: `sha256:${hex}` as Digest }) }];
}

export type Found =
  | { is: "found"; entry: ChartVersion }
  /** A sentence without a full stop. */
  | { is: "missing"; why: string; fix: string };

/** The exact version first, then the newest that the constraint takes; "" is the newest. Source: Helm. */
export function findVersion(index: ChartIndex, chart: string, asked: string): Found {
  const versions = index.get(chart);
  if (versions === undefined) {
    const names = [...index.keys()].sort();
    return {
      is: "missing",
      why: `there is no chart ${JSON.stringify(chart)} in its index`,
      fix: names.length === 0 ? "It holds no chart at all" : `It holds ${listed(names)}`,
    };
  }
  const exact = exactVersion(versions, asked);
  if (exact !== undefined) return { is: "found", entry: exact };
  const constraint = parseConstraint(asked === "" ? "*" : asked);
  if (constraint === undefined)
    return {
      is: "missing",
      why: `${JSON.stringify(asked)} is neither a version of ${chart} nor a constraint`,
      fix: newest(versions),
    };
  const found = newestMatching(
    versions.map(({ version }) => version),
    constraint,
  );
  const entry = versions.find(({ version }) => version === found);
  return entry === undefined
    ? {
        is: "missing",
        why: `no version of ${chart} is ${asked === "" ? "released" : asked}`,
        fix: newest(versions),
      }
    : { is: "found", entry };
}

/** As it is written: `1.2` is the version 1.2 before it is a constraint. */
export function exactVersion(versions: readonly ChartVersion[], asked: string): ChartVersion | undefined {
  return versions.find(({ version }) => version === asked);
}

function newest(versions: readonly ChartVersion[]): string {
  const sorted = versions
    .flatMap(({ version }) => parseVersion(version) ?? [])
    .sort((a, b) => compareVersions(b, a))
    .map(({ text }) => text);
  return sorted.length === 0
    ? "It has no version"
    : `The newest are ${listed(sorted)}; pre-releases count only where the constraint names one, such as >=1.0.0-0`;
}

function listed(names: readonly string[]): string {
  return `${names.slice(0, 5).join(", ")}${names.length > 5 ? ` and ${names.length - 5} more` : ""}`;
}
