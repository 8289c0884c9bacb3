import { Failure } from "../../../../src/core/model/failure.ts";
import type { SourceTree } from "../../../../src/core/ports/source-tree.ts";
import { folderOf, resolveInside } from "../../../../src/lib/resolve-inside.ts";
import { type Import, importsOf } from "./imports.ts";
import type { Jsonnet } from "./options.ts";

/** Of one file: its imports are looked for in this process. */
const MAX_FILE_BYTES = 10 * 1024 * 1024;

/**
 * Every file that these may import, directly or not, and every place where one was looked for in vain: its appearing
 * there would be a change.
 */
export async function findImports(
  tree: SourceTree,
  files: readonly string[],
  { libraries, extVars, tlas }: Jsonnet,
): Promise<string[]> {
  const looked = new Set<string>();
  const codeRead = new Set(files);
  const queue = [...files];

  async function follow({ path, of }: Import, beside: readonly string[]): Promise<void> {
    for (const folder of [...beside, ...libraries]) {
      const place = resolveInside(folder, path);
      if (!place.ok || place.path === "") continue;
      looked.add(place.path);
      const there = await isThere(tree, place.path);
      if (there && of === "code" && !codeRead.has(place.path)) {
        codeRead.add(place.path);
        queue.push(place.path);
      }
      if (there) return;
    }
  }

  for (const { value, code } of [...extVars, ...tlas])
    if (code) for (const each of importsOf(value)) await follow(each, []);
  for (let file = queue.pop(); file !== undefined; file = queue.pop()) {
    const content = await tree.read(file);
    if (content.length > MAX_FILE_BYTES)
      throw new Failure("render", file, "after-edit", {
        cannot: "render",
        why: `this file of Jsonnet is larger than ${MAX_FILE_BYTES >> 20} MiB`,
        fix: "Split it, or import a large text by importstr",
      });
    const followed = new Set<string>();
    for (const each of importsOf(new TextDecoder().decode(content))) {
      const key = `${each.of} ${each.path}`;
      if (!followed.has(key)) await follow(each, [folderOf(file)]);
      followed.add(key);
    }
  }
  return [...looked].sort();
}

async function isThere(tree: SourceTree, path: string): Promise<boolean> {
  try {
    await tree.read(path);
    return true;
  } catch (cause) {
    if (cause instanceof Failure && cause.code === "git-path") return false;
    throw cause;
  }
}
