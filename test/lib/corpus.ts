/** Real inputs that others wrote: read where they lie, never copied into the project. */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join, relative, resolve } from "node:path";

/** @throws {Error} with where it was looked for */
export function corpusFolder(): string {
  const folder = process.env.HOLDFAST_CORPUS ?? resolve(import.meta.dir, "../../../shared/corpus");
  if (!existsSync(folder))
    throw new Error(
      `this suite reads the example applications of ${folder}, which is not there. Name another folder in HOLDFAST_CORPUS`,
    );
  return folder;
}

/** Files of one example application by path. */
export function exampleApp(name: string): Record<string, string> {
  const folder = join(corpusFolder(), "example-apps", name);
  const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) =>
    entry.isFile(),
  );
  return Object.fromEntries(
    files.map((file) => {
      const path = join(file.parentPath, file.name);
      return [relative(folder, path), readFileSync(path, "utf8")];
    }),
  );
}
