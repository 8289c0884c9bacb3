/** Bundles the page, in a process of its own: prints what `bundle-page.ts` makes of the program as JSON. */
import { join } from "node:path";

const ui = join(import.meta.dir, "..");
const built = await Bun.build({
  entrypoints: [join(ui, "app", "main.tsx")],
  root: ui,
  target: "browser",
  minify: true,
  splitting: true,
  naming: { entry: "[name]-[hash].[ext]", chunk: "[name]-[hash].[ext]", asset: "[name]-[hash].[ext]" },
});
const files = await Promise.all(
  built.outputs.map(async (output) => ({
    name: output.path.replace(/^.*\//, ""),
    is: output.kind === "entry-point" ? "entry" : "part",
    text: await output.text(),
  })),
);
process.stdout.write(JSON.stringify(files));
