/** What stands in a repository's tree and lies elsewhere: submodules and files of Git LFS. */
import type { RenderedDocument } from "../core/model/desired-object.ts";
import { Failure } from "../core/model/failure.ts";
import type { Problem } from "../core/model/problem.ts";
import type { SourceTree } from "../core/ports/source-tree.ts";
import type { ClosedPath } from "./link-closure.ts";

/** Each counts as a file that holds no manifest: nothing that it may have given before is pruned because of it. */
export async function submodules(
  closed: ReadonlyMap<string, readonly ClosedPath[]>,
  trees: ReadonlyMap<string, SourceTree>,
): Promise<RenderedDocument[]> {
  const paths = [...closed].flatMap(([ref, all]) =>
    all.filter(({ take }) => take === "everything").map(({ path }) => ({ ref, path })),
  );
  const entries = await Promise.all(
    paths.map(async ({ ref, path }) => ({
      path,
      kind: path === "" ? undefined : (await trees.get(ref)?.entry(path))?.kind,
    })),
  );
  return entries
    .filter(({ kind }) => kind === "submodule")
    .map(({ path }) => ({
      text: "",
      file: path,
      line: 1,
      onParseError: "warn",
      unreadable: {
        why: "it is a submodule, and .gitmodules does not say where it comes from",
        fix: "Make it a source of its own, or put its files into the repository",
      },
    }));
}

const POINTER = "is a pointer of Git LFS: what lies there was not fetched";
/** Said one by one. */
const MOST_POINTERS = 20;

export function pointerProblems(pointers: readonly string[]): Problem[] {
  return pointers.slice(0, MOST_POINTERS).map((file) => ({
    severity: "warning",
    file,
    text: "this is a pointer of Git LFS, and stands in the place of the file itself, which is not fetched",
    fix: "Keep what is rendered out of Git LFS",
  }));
}

/** A tool that meets a pointer where it wants a manifest says anything but that. */
export function withPointers(failure: Failure, [pointer]: readonly string[]): Failure {
  if (pointer === undefined || failure.code !== "render") return failure;
  return new Failure(failure.code, failure.object, failure.retry, {
    cannot: "render",
    why: `${failure.why} (${pointer} ${POINTER})`,
    fix: failure.fix ?? "Keep what is rendered out of Git LFS",
    cause: failure,
  });
}
