/** Git whose commits are data, and the renderer of what they hold. Whatever is asked of them takes its time. */

import type { CommitSha } from "../../src/core/model/commit-sha.ts";
import { revisionName } from "../../src/core/model/source-revision.ts";
import type { Git, TreeAtCommit } from "../../src/core/ports/git.ts";
import type { Renderers } from "../../src/core/ports/renderers.ts";
import type { TreeEntry } from "../../src/core/ports/source-tree.ts";
import type { Passages } from "./passages.ts";
import { manifestOf } from "./reference-model.ts";
import { type AppName, FOLDERS, type Folder, REPOSITORIES, type RepositoryName } from "./script.ts";
import type { Commit, Truth } from "./truth.ts";

export const urlOf = (repository: RepositoryName): string => `https://git.invalid/${repository}`;

function named(url: string): RepositoryName {
  const found = REPOSITORIES.find((repository) => urlOf(repository) === url);
  if (found === undefined) throw new Error(`there is no repository ${url}`);
  return found;
}

function commitOf(truth: Truth, repository: RepositoryName, sha: string): Commit {
  const found = truth.commits[repository].all().find((commit) => commit.sha === sha);
  if (found === undefined) throw new Error(`there is no commit ${sha} in ${repository}`);
  return found;
}

/** Knows what it was told, as long as the daemon lives. */
export function gitOf(truth: Truth, passages: Passages): Git {
  const known = new Map<RepositoryName, Commit>();
  return {
    async resolve({ url }, revision, { freshness }) {
      const repository = named(url);
      if (/^[ab]\d{39}$/.test(revision)) return { commit: revision as CommitSha, ref: "" };
      const last = known.get(repository);
      if (freshness === "known" && last !== undefined)
        return { commit: last.sha as CommitSha, ref: "refs/heads/main" };
      await passages.through("resolve", repository);
      const head = truth.commits[repository].now;
      await passages.through("answer", repository);
      if ((known.get(repository)?.index ?? -1) < head.index) known.set(repository, head);
      return { commit: head.sha as CommitSha, ref: "refs/heads/main" };
    },
    async tree({ url }, commit) {
      await passages.through("tree", `${url} ${commit}`);
      return treeOf(commitOf(truth, named(url), commit));
    },
    info: (_, commit) =>
      Promise.resolve({ commit, author: "a person", date: "2027-01-01T00:00:00Z", subject: "", message: "" }),
    infoHere: () => Promise.resolve(undefined),
    refs: () => Promise.reject(new Error("nobody asks for it here")),
    history: () => Promise.reject(new Error("nobody asks for it here")),
    mergeBase: () => Promise.reject(new Error("nobody asks for it here")),
    noteHeard: () => undefined,
    lastHeard: () => undefined,
    onRequest: () => undefined,
    stop: () => Promise.resolve(),
  };
}

/** A file for each object, named by its place. Texts are the renderer's business. */
function treeOf({ sha, tree }: Commit): TreeAtCommit {
  const oidOf = (of: unknown): string => Bun.hash.wyhash(JSON.stringify(of)).toString(16).padStart(40, "0");
  const folders = FOLDERS.map((name): TreeEntry => ({ name, kind: "folder", oid: oidOf(tree[name]) }));
  const entries = (path: string): TreeEntry[] =>
    path === ""
      ? folders
      : tree[path as Folder].map(
          (file): TreeEntry => ({ name: `${file.slot}.json`, kind: "file", oid: oidOf(file) }),
        );
  const entry = (path: string): TreeEntry | undefined => {
    const [folder = "", name] = path.split("/");
    return name === undefined
      ? folders.find((one) => one.name === folder)
      : entries(folder).find((one) => one.name === name);
  };
  return {
    commit: sha as CommitSha,
    oid: (path) => Promise.resolve(entry(path)?.oid),
    entry: (path) => Promise.resolve(entry(path)),
    list: (path) => Promise.resolve(entries(path)),
    read: (path) => Promise.reject(new Error(`${path} is read by the renderer alone`)),
  };
}

export function renderersOf(truth: Truth, passages: Passages): Renderers {
  return {
    values: () => Promise.reject(new Error("nobody asks")),
    async render({ app, sources }) {
      const [first] = sources;
      if (first === undefined) throw new Error(`${app.metadata.name} has no source`);
      const folder = (first.source.path ?? "") as Folder;
      const repository = named(first.source.repoURL);
      await passages.through("render", `${repository} ${folder}`);
      const commit = commitOf(truth, repository, revisionName(first.revision));
      truth.note(truth.rendered[app.metadata.name as AppName], { repository, index: commit.index });
      const texts = commit.tree[folder].map((file) => JSON.stringify(manifestOf(file, folder)));
      return {
        key: `${folder} ${texts.join("\n")}`,
        documents: [
          {
            source: 0,
            documents: texts.map((text, at) => ({ text, file: `${folder}/${at}.json`, line: 1 })),
          },
        ],
        sourceTypes: ["Directory"],
        problems: [],
        inputs: [{ source: 0, path: folder }],
        charts: [],
        bases: [],
        from: "renderer",
      };
    },
  };
}
