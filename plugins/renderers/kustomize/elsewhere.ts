/** What kustomizations name that lies in other repositories, or at addresses of their own, and where it lies for the build. */
import { Failure } from "../../../src/core/model/failure.ts";
import type { SourceTree } from "../../../src/core/ports/source-tree.ts";
import { defined } from "../../../src/lib/defined.ts";
import { hashText } from "../../../src/lib/hash.ts";
import { below } from "../../../src/lib/resolve-inside.ts";
import type { FetchedInput, InputsContext, RenderContext } from "../../../src/plugin/contract.ts";
import type { RepositoryTarget } from "./remote-target.ts";

/** Who has what lies elsewhere. */
export interface Elsewhere {
  /** @throws {Failure} */
  tree(target: RepositoryTarget, by: string): Promise<SourceTree>;
  /** @throws {Failure} */
  file(url: string, by: string): Promise<{ digest: string; content: Uint8Array }>;
}

/** Before a render: it is brought here. */
export function broughtNow({
  fetchTree,
  fetchFile,
}: Pick<InputsContext, "fetchTree" | "fetchFile">): Elsewhere {
  return {
    tree: async ({ repoURL, revision }, by) => (await fetchTree({ repoURL, revision }, { by })).tree,
    file: (url, by) => fetchFile(url, { by }),
  };
}

/** During a render: it was. */
export function broughtBefore({ fetchedTree, fetchedFile }: RenderContext): Elsewhere {
  return {
    tree: async ({ repoURL, revision }) => fetchedTree({ repoURL, revision }),
    file: async (url) => ({ digest: "", content: fetchedFile(url) }),
  };
}

/** One tree of files that kustomizations lie in. */
export interface Root {
  tree: SourceTree;
  /** Where its root lies for the build: "" is the source's own. */
  at: string;
  /** For sentences: a repository and its revision, "" for the source's own. */
  name: string;
  /** What is read of it. */
  paths: Set<string>;
  /** Undefined for the source's own. */
  target?: RepositoryTarget;
}

/** Repositories and single files that one source may use. */
const MAX_ELSEWHERE = 100;
/** Beside everything that a repository holds. */
const FOLDER = ".holdfast-fetched";
const WEB_PAGE = /^\s*<(?:!doctype|html)\b/i;

/** Everything from elsewhere that one build uses, each once. */
export class Foreign {
  readonly #roots = new Map<string, Root>();
  readonly #files = new Map<string, { digest: string; archive: Uint8Array; at: string }>();

  constructor(private readonly elsewhere: Elsewhere) {}

  /** @throws {Failure} of who brings it */
  async root(target: RepositoryTarget, by: string): Promise<Root> {
    const { repoURL, revision } = target;
    const key = `${repoURL} ${revision}`;
    const known = this.#roots.get(key);
    if (known !== undefined) return known;
    this.#checkNumber(by);
    const root: Root = {
      tree: await this.elsewhere.tree(target, by),
      at: below(FOLDER, `${lastStep(repoURL)}-${hashText(key).slice(0, 12)}`),
      name: revision === "" ? repoURL : `${repoURL} at ${revision}`,
      paths: new Set(),
      target,
    };
    this.#roots.set(key, root);
    return root;
  }

  /**
   * A file, beside the kustomization that names it: kustomize reads none that lies outside of its folder.
   * @returns its name in that folder
   * @throws {Failure} of who brings it; render for a page that is meant for people
   */
  async file(url: string, folder: string, by: string): Promise<{ name: string; content: Uint8Array }> {
    const name = `${FOLDER}-${hashText(url).slice(0, 12)}-${lastStep(url)}`;
    const at = below(folder, name);
    const known = this.#files.get(at);
    if (known !== undefined) return { name, content: known.archive };
    this.#checkNumber(by);
    const { digest, content } = await this.elsewhere.file(url, by);
    if (WEB_PAGE.test(Buffer.from(content.subarray(0, 200)).toString("latin1")))
      throw new Failure("render", by, "backoff", {
        cannot: "render",
        why: "what is there is a page for people, not a file",
        fix: "Name the address of the raw file",
      });
    this.#files.set(at, { digest, archive: content, at });
    return { name, content };
  }

  get fetched(): FetchedInput[] {
    const trees = [...this.#roots.values()].flatMap(({ target, paths, at }) =>
      target === undefined
        ? []
        : [
            {
              tree: { repoURL: target.repoURL, revision: target.revision },
              paths: [...paths].sort().map((path) => ({ path, encrypted: "opened" as const })),
              at,
            },
          ],
    );
    return [...trees, ...this.#files.values()].sort((a, b) => (a.at < b.at ? -1 : 1));
  }

  #checkNumber(by: string): void {
    if (this.#roots.size + this.#files.size >= MAX_ELSEWHERE)
      throw new Failure("render", by, "after-edit", {
        cannot: "render",
        why: `its kustomizations use more than ${MAX_ELSEWHERE} repositories and addresses`,
        fix: "Split it, or copy some of them into the repository",
      });
  }
}

/** What is said of something that cannot be had: the file that names it, where, and why not. */
export function cannotFetch(cause: unknown, file: string, field: string, shown: string): unknown {
  if (!(cause instanceof Failure) || cause.code === "internal") return cause;
  const { code, retry, why, fix, retryAfterMs, object } = cause;
  // What is wrong is what a file of the repository says, not the application's spec.
  return new Failure(code === "invalid-spec" ? "render" : code, file, retry, {
    cannot: "render",
    why: `${field} names ${shown}, which cannot be fetched: ${shown.includes(object) || object === file ? "" : `${object}: `}${why}`,
    cause,
    ...defined({ fix, retryAfterMs }),
  });
}

/** A name for people who read the tool's words. */
function lastStep(url: string): string {
  const path = url.split("?")[0] ?? "";
  const step = path.replace(/\/+$/, "").split(/[/:]/).at(-1) ?? "";
  return (
    step
      .replace(/\.git$/, "")
      .replace(/[^A-Za-z0-9._-]/g, "-")
      .slice(-60) || "it"
  );
}
