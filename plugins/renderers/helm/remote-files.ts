import { rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { hashText } from "../../../src/lib/hash.ts";
import type {
  FetchedFile,
  FetchedInput,
  InputsContext,
  RenderContext,
} from "../../../src/plugin/contract.ts";
import { isOfSource, type NamedFile } from "./value-files.ts";

/** Where they lie in an export, until `placeFiles` takes them away: a chart must not find them among its own files. */
const FOLDER = "holdfast-remote-files";

/** Files at web addresses, by URL: Helm would fetch them by itself, and has no network here. */
export type RemoteFiles = ReadonlyMap<string, FetchedFile>;

/** @throws {Failure} where one cannot be had, or is not permitted */
export async function bringFiles(
  files: readonly NamedFile[],
  { fetchFile }: Pick<InputsContext, "fetchFile">,
): Promise<RemoteFiles> {
  const found = new Map<string, FetchedFile>();
  for (const url of urlsOf(files)) {
    found.set(url, await fetchFile(url, { by: "spec.source.helm" }));
  }
  return found;
}

export function fetchedInputs(files: RemoteFiles): FetchedInput[] {
  return [...files].map(([url, { digest, content }]) => ({
    digest,
    archive: content,
    at: `${FOLDER}/${hashText(url)}`,
  }));
}

/** Writes them beside the export, where Helm alone looks. @returns paths by URL */
export async function placeFiles(
  files: readonly NamedFile[],
  root: string,
  { scratch, fetchedFile }: Pick<RenderContext, "scratch" | "fetchedFile">,
): Promise<ReadonlyMap<string, string>> {
  const urls = urlsOf(files);
  if (urls.size > 0) await rm(join(root, FOLDER), { recursive: true, force: true });
  const placed = new Map<string, string>();
  for (const url of urls) {
    const path = join(scratch, `remote-${hashText(url)}`);
    await writeFile(path, fetchedFile(url), { mode: 0o600 });
    placed.set(url, path);
  }
  return placed;
}

function urlsOf(files: readonly NamedFile[]): Set<string> {
  return new Set(files.flatMap((file) => (isOfSource(file) ? [] : [file.url])));
}
