/**
 * Compiles the program into one file that runs without Bun.
 *
 *   bun .ci/build.ts                dist/holdfast
 *   bun .ci/build.ts --full         dist/holdfast-full, with helm and kustomize inside: renders with an empty PATH
 *
 * The tools of a full build are found as the daemon finds them: HOLDFAST_TOOLS (a folder), PATH, then the npm layer.
 */
import { mkdir, rm } from "node:fs/promises";
import { join, relative } from "node:path";
import { parseArgs } from "node:util";
import { toolsFromNpm } from "../src/render/tools-from-npm.ts";

const root = join(import.meta.dir, "..");
const { values } = parseArgs({ options: { full: { type: "boolean", default: false }, outfile: { type: "string" } } });
const outfile = values.outfile ?? join(root, "dist", values.full ? "holdfast-full" : "holdfast");
const entry = join(root, "src", values.full ? "main-full.gen.ts" : "main.ts");

await mkdir(join(root, "dist"), { recursive: true });
if (values.full) await Bun.write(entry, await fullEntry());
try {
  const commit = (await new Response(Bun.spawn(["git", "rev-parse", "--short=12", "HEAD"], { cwd: root, stderr: "ignore" }).stdout).text()).trim();
  const built = await Bun.build({
    entrypoints: [entry],
    compile: { outfile },
    minify: { syntax: true, whitespace: true },
    sourcemap: "inline",
    define: { HOLDFAST_COMMIT: JSON.stringify(commit), HOLDFAST_BUILD_DATE: JSON.stringify(new Date().toISOString().slice(0, 19) + "Z") },
  });
  for (const message of built.logs) console.error(message);
  if (!built.success) process.exit(1);
} finally {
  if (values.full) await rm(entry, { force: true });
}
console.log(`${relative(process.cwd(), outfile)}  ${(Bun.file(outfile).size / 1e6).toFixed(0)} MB`);

/** The same main, told where the embedded programs lie. */
async function fullEntry(): Promise<string> {
  const path = [process.env.HOLDFAST_TOOLS, process.env.PATH].filter((part) => part !== undefined).join(":");
  const npm = await toolsFromNpm(root);
  const helm = Bun.which("helm", { PATH: path }) ?? npm?.helm;
  const kustomize = Bun.which("kustomize", { PATH: path });
  const kubectl = kustomize === null ? (npm?.kubectl ?? Bun.which("kubectl", { PATH: path })) : undefined;
  if (helm === undefined || (kustomize === null && (kubectl === undefined || kubectl === null))) {
    throw new Error("a full build needs helm and kustomize (or kubectl): put them on PATH, name their folder in HOLDFAST_TOOLS, or run npm ci");
  }
  const second = kustomize === null ? ["kubectl", kubectl] : ["kustomize", kustomize];
  return [
    `import helm from ${JSON.stringify(helm)} with { type: "file" };`,
    `import second from ${JSON.stringify(second[1])} with { type: "file" };`,
    `import { main } from "./main.ts";`,
    `await main({ helm, ${second[0]}: second });`,
    "",
  ].join("\n");
}
