import { cp } from "node:fs/promises";
import { join } from "node:path";
import type { LocalDependency } from "./dependencies.ts";

/**
 * Copies what a chart uses of its repository to where helm looks for it.
 * @param root of an export: links in it were checked, so that following them here stays inside
 */
export async function placeDependencies(
  root: string,
  dependencies: readonly LocalDependency[],
): Promise<void> {
  for (const { from, to } of dependencies)
    await cp(join(root, from), join(root, to), { recursive: true, dereference: true });
}
