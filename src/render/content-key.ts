import type { SourceTree } from "../core/ports/source-tree.ts";
import { defined } from "../lib/defined.ts";
import { hashText } from "../lib/hash.ts";
import type { InputPath } from "../plugin/contract.ts";
import type { ClosedPath } from "./link-closure.ts";

/** An input with the state it was in: two equal states are equal content. */
export interface SeenInput {
  /** Another source's ref, "" for this one. */
  ref: string;
  path: string;
  take: ClosedPath["take"] | "names";
  /** "" where nothing was there. */
  oid: string;
}

/** The state of one input now. Cheap: the tree answers from memory. */
export async function stateOf(
  tree: SourceTree,
  { path, take }: { path: string; take?: SeenInput["take"] | InputPath["take"] },
): Promise<string> {
  if (take !== "own-files" && take !== "names") return (await tree.oid(path)) ?? "";
  const entry = path === "" ? undefined : await tree.entry(path);
  if (path !== "" && (entry === undefined || entry.kind === "file")) return entry?.oid ?? "";
  const listed = await tree.list(path);
  const lines =
    take === "names"
      ? listed.map(({ name, kind }) => `${kind} ${name}`)
      : listed.filter(({ kind }) => kind !== "folder").map(({ name, kind, oid }) => `${kind} ${oid} ${name}`);
  return hashText(lines.sort().join("\n"));
}

/** Inputs with their states, in an order that does not depend on who asked. */
export async function seen(
  ref: string,
  tree: SourceTree,
  paths: readonly { path: string; take?: SeenInput["take"] | InputPath["take"] }[],
): Promise<SeenInput[]> {
  return Promise.all(
    paths.map(async ({ path, take }) => ({
      ref,
      path,
      take: take ?? "everything",
      oid: await stateOf(tree, { path, ...defined({ take }) }),
    })),
  );
}
