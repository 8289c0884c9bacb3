import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

/**
 * The page's modules as JavaScript, by their path on the server. Called as a macro: it runs when the program is
 * bundled (or started from source), and only its answer is in the binary. Each module stays a module, since the
 * bundler cannot be called from within itself.
 */
export function transpilePage(): Record<string, string> {
  const folder = join(import.meta.dir, "page");
  const transpiler = new Bun.Transpiler({ loader: "ts", target: "browser" });
  const files = readdirSync(folder).filter((file) => file.endsWith(".ts") && !file.endsWith(".test.ts"));
  return Object.fromEntries(
    files.map((file) => {
      const script = transpiler.transformSync(readFileSync(join(folder, file), "utf8"));
      return [
        `/ui/${file.replace(/\.ts$/, ".js")}`,
        script.replaceAll(/(from "\.\/[a-z-]+)\.ts"/g, '$1.js"'),
      ];
    }),
  );
}
