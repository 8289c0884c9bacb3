import { Failure } from "../../../src/core/model/failure.ts";
import type { SourceTree } from "../../../src/core/ports/source-tree.ts";
import { below, resolveInside } from "../../../src/lib/resolve-inside.ts";
import { substituteEnv } from "../../../src/lib/substitute-env.ts";
import type { InputPath, RenderRequest } from "../../../src/plugin/contract.ts";

/** A file that helm reads: of this source, or of another by its ref. */
export interface FileOfSource {
  /** "" for this source. */
  ref: string;
  path: string;
}

/** Or one at an http or https address. */
export type NamedFile = FileOfSource | { url: string };

export interface ValueFiles {
  /** In the order in which helm gets them: the last one wins. */
  files: NamedFile[];
  /** Paths that are not there, and would count if they were. */
  absent: FileOfSource[];
  /** Folders whose listing decided which files there are. */
  looked: InputPath[];
}

const GLOB = /[*?[{]/;

/**
 * The value files of a source. Explicit files keep their place and are taken out of every glob; a glob gives a folder's
 * own files before those of its subfolders, each by name. Source: Argo CD.
 * @throws {Failure} path-outside-source, git-path for a file that is not there
 */
export async function findValueFiles(request: RenderRequest): Promise<ValueFiles> {
  const helm = request.source.helm ?? {};
  const named = (helm.valueFiles ?? []).map((written) => ({
    written,
    ...nameFile(request, written, "helm.valueFiles"),
  }));
  const found: ValueFiles = { files: [], absent: [], looked: [] };
  const explicit = new Set(
    named.flatMap((file) => ("url" in file || GLOB.test(file.path) ? [] : [showFile(file)])),
  );
  const globbed = new Set<string>();
  for (const file of named) {
    if ("url" in file) {
      found.files.push({ url: file.url });
      continue;
    }
    const { written, ref, path } = file;
    const tree = treeOf(request, ref);
    if ((await tree.entry(path)) !== undefined) {
      found.files.push({ ref, path });
    } else if (GLOB.test(path)) {
      // A file of that very name would be meant instead.
      found.absent.push({ ref, path });
      const start = path.slice(0, Math.max(0, path.slice(0, path.search(GLOB)).lastIndexOf("/")));
      found.looked.push(inputOf({ ref, path: start }));
      const matches = (await filesBelow(tree, start))
        .filter((candidate) => new Bun.Glob(path).match(candidate) && !hasControlCharacter(candidate))
        .sort(filesFirst);
      if (matches.length === 0 && helm.ignoreMissingValueFiles !== true)
        throw missing(written, `no file matches ${written}`);
      for (const match of matches) {
        const key = showFile({ ref, path: match });
        if (explicit.has(key) || globbed.has(key)) continue;
        globbed.add(key);
        found.files.push({ ref, path: match });
      }
    } else if (helm.ignoreMissingValueFiles === true) {
      found.absent.push({ ref, path });
    } else {
      const isRef = /^\$[^/]+\//.test(written) && ref === "";
      const fix = isRef
        ? `No source has the ref ${written.slice(1, written.indexOf("/"))}: correct one of them`
        : undefined;
      throw missing(written, `there is no value file ${showFile(file)}`, fix);
    }
  }
  return found;
}

/** By name, step by step; where one path ends in a folder and the other goes on below it, the one that ends comes first. */
function filesFirst(a: string, b: string): number {
  const [steps, others] = [a.split("/"), b.split("/")];
  const at = steps.findIndex((step, index) => step !== others[index]);
  const [isFile, isOtherFile] = [at === steps.length - 1, at === others.length - 1];
  if (isFile !== isOtherFile) return isFile ? -1 : 1;
  return (steps[at] ?? "") < (others[at] ?? "") ? -1 : 1;
}

/** A path as a user writes it in a helm block: `$ref/…`, `/from/the/root`, relative to the chart, or a web address. */
export function nameFile(request: RenderRequest, named: string, field: string): NamedFile {
  const written = withoutSecretsScheme(named);
  const [, ref, rest] = /^\$([^/]+)\/(.*)$/.exec(written) ?? [];
  const ofRef = ref !== undefined && rest !== undefined && request.refs.has(ref);
  const path = substituteEnv(ofRef ? rest : written, request.env);
  if (/^https?:\/\//i.test(path)) return { url: path };
  const inside = resolveInside(ofRef ? "" : request.path, path, "from-root");
  if (inside.ok && hasControlCharacter(inside.path))
    throw new Failure("invalid-spec", JSON.stringify(written), "after-edit", {
      cannot: "render",
      why: `the path in ${field} holds a control character`,
      fix: "Rename the file",
    });
  if (inside.ok) return { ref: ofRef ? ref : "", path: inside.path };
  throw new Failure("path-outside-source", written, "after-edit", {
    cannot: "render",
    why: `the path in ${field} is refused: ${inside.why}`,
    fix: "Name a file of the source's repository",
  });
}

/**
 * What helm-secrets writes before a file that is to be decrypted, `secrets://file` and with a key's file
 * `secrets+age-import:///key?file`. Every encrypted value file is decrypted here, by the keys of the config.
 */
function withoutSecretsScheme(written: string): string {
  const [, scheme, rest = ""] = /^(secrets(?:\+[a-z-]+)?):\/\/(.*)$/.exec(written) ?? [];
  if (scheme === undefined) return written;
  if (scheme === "secrets") return rest;
  const [, file] = /^[^?]*\?(.+)$/.exec(rest) ?? [];
  if (file !== undefined && /\+(?:age|gpg)-import(?:-kubernetes)?$/.test(scheme)) return file;
  throw new Failure("invalid-spec", written, "after-edit", {
    cannot: "render",
    why: `${scheme}:// in helm.valueFiles is not read`,
    fix: "Write secrets://file, and name the keys in decryption of the config",
  });
}

/** A line break would end the element of the list that helm reads it from. */
function hasControlCharacter(path: string): boolean {
  return /[\0-\x1f\x7f]/.test(path);
}

export function treeOf(request: RenderRequest, ref: string): SourceTree {
  return request.refs.get(ref)?.tree ?? request.tree;
}

export function inputOf({ ref, path }: FileOfSource): InputPath {
  const opened = { path, encrypted: "opened" as const };
  return ref === "" ? opened : { ref, ...opened };
}

export function isOfSource(file: NamedFile): file is FileOfSource {
  return !("url" in file);
}

function showFile({ ref, path }: FileOfSource): string {
  return ref === "" ? path : `$${ref}/${path}`;
}

async function filesBelow(tree: SourceTree, folder: string): Promise<string[]> {
  if (folder !== "" && (await tree.entry(folder))?.kind !== "folder") return [];
  const files: string[] = [];
  for (const { name, kind } of await tree.list(folder)) {
    const path = below(folder, name);
    if (kind === "folder") files.push(...(await filesBelow(tree, path)));
    else if (kind === "file" || kind === "link") files.push(path);
  }
  return files;
}

function missing(
  written: string,
  why: string,
  fix = "Correct helm.valueFiles, or set helm.ignoreMissingValueFiles",
): Failure {
  return new Failure("git-path", written, "after-edit", { cannot: "render", why, fix });
}
