/** What a chart repository's index.yaml says. */

import type { Digest } from "../../core/model/source-revision.ts";
import type { ListedChart } from "../../core/ports/artifacts.ts";
import { inSlices } from "../../lib/in-steps.ts";
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

/**
 * Reads an index chart by chart, in slices: those of large repositories are 20 MB long, and a second of work at once.
 * What is not written as Helm writes it is read as a whole.
 * @throws {Error} with why it is no index
 */
export async function readIndex(text: string): Promise<ChartIndex> {
  const parts = partsOf(text);
  return (parts === undefined ? undefined : await inSlices(readParts(parts))) ?? readWhole(text);
}

/** Its lines before the charts, and those of each chart. */
interface IndexParts {
  head: string;
  charts: string[];
}

/** undefined where it is not in the form in which Helm writes it. */
function partsOf(text: string): IndexParts | undefined {
  const begin = /^entries:[ \t]*\r?\n/m.exec(text);
  if (begin === null) return undefined;
  const from = begin.index + begin[0].length;
  // What follows the charts begins at the first column, too.
  const end = /^[^\s#-]/m.exec(text.slice(from));
  const to = end === null ? text.length : from + end.index;
  const starts = [...text.slice(from, to).matchAll(/^ {2}(?=[^\s#-])/gm)].map(({ index }) => from + index);
  if (starts.length === 0 || text.slice(from, starts[0]).trim() !== "") return undefined;
  return {
    head: text.slice(0, begin.index) + text.slice(to),
    charts: starts.map((start, at) => text.slice(start, starts[at + 1] ?? to)),
  };
}

/** undefined where a part is not whole by itself. */
function* readParts({ head, charts }: IndexParts): Generator<undefined, ChartIndex | undefined> {
  if (!isIndex(parsed(head))) return undefined;
  const index = new Map<string, ChartVersion[]>();
  for (const text of charts) {
    const chart = parsed(text);
    if (!isMapping(chart)) return undefined;
    const [entry, another] = Object.entries(chart);
    if (entry === undefined || another !== undefined || !addChart(index, entry)) return undefined;
    yield undefined;
  }
  return index;
}

function readWhole(text: string): ChartIndex {
  // An index is made by a program. go-yaml's finer rules make no difference to names and versions.
  const value: unknown = Bun.YAML.parse(text);
  if (!isIndex(value)) throw new Error("it is no index of charts: it has no apiVersion");
  const index = new Map<string, ChartVersion[]>();
  const { entries } = value;
  if (isMapping(entries)) for (const entry of Object.entries(entries)) addChart(index, entry);
  return index;
}

function parsed(text: string): unknown {
  try {
    return Bun.YAML.parse(text);
  } catch (cause) {
    if (cause instanceof Error) return undefined;
    throw cause;
  }
}

function isIndex(value: unknown): value is Record<string, unknown> {
  return isMapping(value) && value["apiVersion"] !== undefined;
}

function addChart(index: Map<string, ChartVersion[]>, [chart, versions]: [string, unknown]): boolean {
  if (!Array.isArray(versions)) return false;
  index.set(chart, versions.flatMap(readVersion));
  return true;
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

/** All charts by name, each with its versions. */
export function listedCharts(index: ChartIndex): ListedChart[] {
  return [...index]
    .map(([name, versions]) => ({ name, versions: [...new Set(newestFirst(versions))] }))
    .sort((a, b) => (a.name < b.name ? -1 : 1));
}

function newestFirst(versions: readonly ChartVersion[]): string[] {
  return versions
    .flatMap(({ version }) => parseVersion(version) ?? [])
    .sort((a, b) => compareVersions(b, a))
    .map(({ text }) => text);
}

function newest(versions: readonly ChartVersion[]): string {
  const sorted = newestFirst(versions);
  return sorted.length === 0
    ? "It has no version"
    : `The newest are ${listed(sorted)}; pre-releases count only where the constraint names one, such as >=1.0.0-0`;
}

function listed(names: readonly string[]): string {
  return `${names.slice(0, 5).join(", ")}${names.length > 5 ? ` and ${names.length - 5} more` : ""}`;
}
