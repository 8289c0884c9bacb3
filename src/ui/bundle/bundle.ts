/** Bundles the page, in a process of its own: prints what `bundle-page.ts` makes of the program as JSON. */
import { join } from "node:path";
import type { BuildOutput, BunPlugin } from "bun";
import { askedAtOnce, type Chunk, joined, needed } from "./join.ts";
import { plainStyles } from "./plain-styles.ts";

const ui = join(import.meta.dir, "..");

/** @param also modules that each module imports as well, by its path */
async function bundle(also: ReadonlyMap<string, readonly string[]>): Promise<BuildOutput> {
  return Bun.build({
    entrypoints: [join(ui, "app", "main.tsx")],
    root: ui,
    target: "browser",
    minify: true,
    splitting: true,
    metafile: true,
    naming: { entry: "[name]-[hash].[ext]", chunk: "[name]-[hash].[ext]", asset: "[name]-[hash].[ext]" },
    plugins: [importing(also)],
  });
}

function importing(also: ReadonlyMap<string, readonly string[]>): BunPlugin {
  return {
    name: "what parts share",
    setup(build) {
      build.onLoad({ filter: /\.tsx?$/ }, async ({ path }) => {
        const lines = (also.get(path) ?? []).map((one) => `import ${JSON.stringify(one)};`);
        return {
          contents: `${await Bun.file(path).text()}\n${lines.join("\n")}`,
          loader: path.endsWith("x") ? "tsx" : "ts",
        };
      });
    },
  };
}

const nameOf = (path: string): string => path.replace(/^.*\//, "");

async function chunksOf({ outputs, metafile }: BuildOutput): Promise<Chunk[]> {
  const texts = new Map(
    await Promise.all(outputs.map(async (one) => [nameOf(one.path), await one.text()] as const)),
  );
  // From where the bundler was called.
  const pathOf = (module: string): string => join(process.cwd(), module);
  return Object.entries(metafile?.outputs ?? {})
    .filter(([path]) => path.endsWith(".js"))
    .map(([path, { entryPoint, inputs, imports }]) => {
      const of = (kind: string): string[] =>
        imports.filter((one) => one.kind === kind).map((one) => nameOf(one.path));
      return {
        name: nameOf(path),
        entry: entryPoint === undefined ? undefined : pathOf(entryPoint),
        modules: Object.keys(inputs).map(pathOf),
        size: Bun.gzipSync(texts.get(nameOf(path)) ?? "").length,
        ...{ imports: of("import-statement"), loads: of("dynamic-import") },
      };
    });
}

const firstOf = ({ outputs }: BuildOutput): string =>
  nameOf(outputs.find(({ kind }) => kind === "entry-point")?.path ?? "");

const alone = await bundle(new Map());
const built = await bundle(
  joined(await chunksOf(alone), firstOf(alone), join(ui, "application", "application-page.tsx")),
);
const byName = new Map((await chunksOf(built)).map((chunk) => [chunk.name, chunk] as const));
const atFirst = needed(firstOf(built), byName);
const others = (part: string): string[] =>
  [...needed(part, byName)].filter((name) => name !== part && !atFirst.has(name));
const files = await Promise.all(
  built.outputs.map(async (output) => ({
    name: nameOf(output.path),
    is: output.kind === "entry-point" ? "entry" : "part",
    text: output.path.endsWith(".css")
      ? plainStyles(await output.text())
      : askedAtOnce(await output.text(), others),
  })),
);
process.stdout.write(JSON.stringify(files));
