import { repositoryKey } from "../../src/core/model/repository-key.ts";
import type { RepositoryContents } from "../../src/core/ports/repository-contents.ts";
import type { KnownRepository, RepositoryDesk, RepositoryUse } from "../../src/core/ports/repository-desk.ts";

export const knownRepository = (
  url: string,
  { use = "repository", project = "" }: { use?: RepositoryUse; project?: string } = {},
): KnownRepository => ({
  id: { use, url, project },
  place: { in: "file", file: "x" },
  entry: { url },
  credentials: "own",
  shown: { username: "ci" },
});

const SAW = "main@0123456, 1 branch, 0 tags";

/**
 * A desk in memory: every repository answers.
 * @param calls what was changed
 */
export function fakeRepositories(known: KnownRepository[], calls: string[] = []): RepositoryDesk {
  const there = ({ use, url, project }: KnownRepository["id"]) =>
    known.findIndex(
      ({ id }) => id.use === use && id.project === project && repositoryKey(id.url) === repositoryKey(url),
    );
  return {
    all: () => known,
    problems: () => [],
    async put(wanted, how) {
      const { url = "", project = "" } = wanted.data.reveal();
      calls.push(`put ${url}`);
      const made = knownRepository(url, { use: wanted.use, project });
      const at = there(made.id);
      if (at < 0) known.push(made);
      return { known: known[at] ?? made, made: how === "update" ? "changed" : "added", warnings: [] };
    },
    async remove(id) {
      calls.push(`remove ${id.url}`);
      const at = there(id);
      if (at >= 0) known.splice(at, 1);
    },
    test: async () => SAW,
    look: async () => ({ is: "answers", saw: SAW, at: 0 }),
    refs: async () => ({ head: undefined, branches: ["main"], tags: [] }),
  };
}

/** Every repository holds the same. */
export const fakeContents: RepositoryContents = {
  charts: async () => [{ name: "shop", versions: ["1.0.0"] }],
  tags: async () => ["1.0.0"],
  folders: async () => [{ path: "deploy", type: "Kustomize" }],
  details: async () => ({ type: "Directory", warnings: [] }),
};
