import { Failure } from "../core/model/failure.ts";
import type { SourceTree, TreeEntry } from "../core/ports/source-tree.ts";
import { hashText } from "../lib/hash.ts";
import { keptOn } from "../lib/kept-on.ts";
import { below } from "../lib/resolve-inside.ts";

/** `goal` is the path inside to which a link leads. */
export type PackedFile = { is: "file"; content: Uint8Array } | { is: "link"; target: string; goal: string };

/** As Linux does. */
const MAX_LINKS = 40;

interface Folder {
  folders: Map<string, Folder>;
  files: Map<string, PackedFile>;
  /** Once it was asked for. */
  oid?: string;
}

/** An unpacked archive in memory. Ids are hashes of content, of folders as of files. */
export class PackedTree implements SourceTree {
  readonly #root: Folder = emptyFolder();
  readonly #oids = keptOn<PackedFile, string>();
  /** Bytes of its files. */
  readonly size: number;

  /**
   * @param files by path, none of which is a folder of another
   * @param object what failures are about
   */
  constructor(
    files: ReadonlyMap<string, PackedFile>,
    private readonly object: string,
  ) {
    let size = 0;
    for (const [path, file] of files) {
      const steps = path.split("/");
      const name = steps.pop() ?? "";
      let folder = this.#root;
      for (const step of steps) {
        const next = folder.folders.get(step) ?? emptyFolder();
        folder.folders.set(step, next);
        folder = next;
      }
      folder.files.set(name, file);
      size += file.is === "file" ? file.content.length : 0;
    }
    this.size = size;
  }

  async oid(path: string): Promise<string | undefined> {
    return path === "" ? this.#folderId(this.#root) : (await this.entry(path))?.oid;
  }

  async entry(path: string): Promise<TreeEntry | undefined> {
    const name = path.split("/").at(-1) ?? "";
    const found = this.#find(path, "keep");
    if (found === undefined) return undefined;
    return "folders" in found
      ? { name, kind: "folder", oid: this.#folderId(found) }
      : { name, kind: found.is, oid: this.#fileId(found) };
  }

  async list(path: string): Promise<TreeEntry[]> {
    const found = this.#find(path, "follow");
    if (found === undefined || !("folders" in found)) throw this.#missing(path, "folder");
    return this.#entries(found);
  }

  async read(path: string): Promise<Uint8Array> {
    const found = this.#find(path, "follow");
    if (found === undefined || "folders" in found || found.is !== "file") throw this.#missing(path, "file");
    return found.content;
  }

  async readLink(path: string): Promise<string> {
    const found = this.#find(path, "keep");
    if (found === undefined || "folders" in found || found.is !== "link") throw this.#missing(path, "link");
    return found.target;
  }

  /** Links on the way are followed. */
  #find(path: string, lastLink: "keep" | "follow"): Folder | PackedFile | undefined {
    let at: Folder | PackedFile = this.#root;
    let walked = "";
    let rest = path === "" ? [] : path.split("/");
    for (let links = 0; rest.length > 0; ) {
      if (!("folders" in at)) return undefined;
      const [step = "", ...more] = rest;
      const next: Folder | PackedFile | undefined = at.folders.get(step) ?? at.files.get(step);
      if (next === undefined) return undefined;
      walked = below(walked, step);
      if ("folders" in next || next.is === "file" || (more.length === 0 && lastLink === "keep")) {
        at = next;
        rest = more;
        continue;
      }
      if (++links > MAX_LINKS)
        throw new Failure("path-outside-source", walked, "after-edit", {
          cannot: "read",
          why: "it leads round in a circle of links",
          fix: "Remove the circle",
        });
      rest = [...(next.goal === "" ? [] : next.goal.split("/")), ...more];
      at = this.#root;
      walked = "";
    }
    return at;
  }

  #entries({ folders, files }: Folder): TreeEntry[] {
    const found: TreeEntry[] = [];
    for (const [name, folder] of folders) found.push({ name, kind: "folder", oid: this.#folderId(folder) });
    for (const [name, file] of files) found.push({ name, kind: file.is, oid: this.#fileId(file) });
    return found.sort((a, b) => (a.name < b.name ? -1 : 1));
  }

  #folderId(folder: Folder): string {
    folder.oid ??= hashText(
      this.#entries(folder)
        .map(({ name, kind, oid }) => `${kind} ${oid} ${name}\0`)
        .join(""),
    );
    return folder.oid;
  }

  #fileId(file: PackedFile): string {
    const known = this.#oids.get(file) ?? hashText(file.is === "file" ? file.content : `link ${file.target}`);
    this.#oids.set(file, known);
    return known;
  }

  #missing(path: string, kind: "file" | "folder" | "link"): Failure {
    return new Failure("git-path", `${this.object}, ${path === "" ? "its root" : path}`, "after-edit", {
      cannot: "read",
      why: `there is no such ${kind}`,
      fix: "Correct the path, or the version",
    });
  }
}

function emptyFolder(): Folder {
  return { folders: new Map(), files: new Map() };
}
