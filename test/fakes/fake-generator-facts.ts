/** What generators learn of the outside world, from memory. What a test does not give could not be learned. */
import { IN_CLUSTER, IN_CLUSTER_NAME } from "../../src/core/model/application.ts";
import { Failure } from "../../src/core/model/failure.ts";
import type { GeneratorFacts, KnownCluster } from "../../src/core/ports/generator-facts.ts";
import type { SourceTree, TreeEntry } from "../../src/core/ports/source-tree.ts";
import { hashText } from "../../src/lib/hash.ts";

export const LOCAL: KnownCluster = {
  name: IN_CLUSTER_NAME,
  server: IN_CLUSTER,
  labels: {},
  annotations: {},
};

const unreachable = (what: string) => async (): Promise<never> => {
  throw new Failure("git-unreachable", what, "backoff", { cannot: "ask it", why: "it does not answer" });
};

export function fakeFacts(given: Partial<GeneratorFacts> = {}): GeneratorFacts {
  return {
    clusters: unreachable("clusters"),
    tree: unreachable("https://git.example.com/shop.git"),
    pullRequests: unreachable("pull requests"),
    repositories: unreachable("repositories"),
    decisions: unreachable("decisions"),
    plugin: unreachable("plugin"),
    ...given,
  };
}

/** As Git's: the same for the same content, wherever it is. */
function folderId(files: Readonly<Record<string, string>>, folder: string): string {
  const inside = Object.entries(files).filter(([path]) => path.startsWith(`${folder}/`));
  return hashText(JSON.stringify(inside.map(([path, text]) => [path.slice(folder.length), text]).sort()));
}

/** A tree of these files; a path that ends in `/` is a folder. */
export function fakeTree(files: Readonly<Record<string, string>>): SourceTree {
  const entries = new Map<string, Map<string, TreeEntry>>([["", new Map()]]);
  for (const path of Object.keys(files)) {
    const parts = path.replace(/\/$/, "").split("/");
    parts.forEach((name, index) => {
      const folder = parts.slice(0, index).join("/");
      const isFolder = index < parts.length - 1 || path.endsWith("/");
      const own = parts.slice(0, index + 1).join("/");
      const oid = isFolder ? folderId(files, own) : hashText(files[path] ?? "");
      entries.get(folder)?.set(name, { name, kind: isFolder ? "folder" : "file", oid });
      if (isFolder && !entries.has(own)) entries.set(own, new Map());
    });
  }
  const gone = (path: string): Failure =>
    new Failure("git-path", path, "after-edit", { cannot: "read it", why: "it is not there" });
  const entry = async (path: string): Promise<TreeEntry | undefined> =>
    entries.get(path.split("/").slice(0, -1).join("/"))?.get(path.split("/").at(-1) ?? "");
  return {
    entry,
    oid: async (path) => (await entry(path))?.oid,
    async list(path) {
      const found = entries.get(path);
      if (found === undefined) throw gone(path);
      return [...found.values()];
    },
    async read(path) {
      const text = files[path];
      if (text === undefined) throw gone(path);
      return new TextEncoder().encode(text);
    },
  };
}
