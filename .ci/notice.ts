/** The licences of what the program contains: NOTICE, and behind it every package's own text. */
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";

interface Lock {
  packages: Record<string, { dev?: boolean; license?: string; version?: string }>;
}

const LICENCE = /^(?:licen[cs]e|notice|copying)(?:[.-].*)?$/i;

/** @param root the folder of package-lock.json and node_modules */
export async function noticeText(root: string): Promise<string> {
  const { packages } = JSON.parse(await readFile(join(root, "package-lock.json"), "utf8")) as Lock;
  const parts = [await readFile(join(root, "NOTICE"), "utf8")];
  for (const [path, { dev, license = "", version = "" }] of Object.entries(packages).sort(([a], [b]) =>
    a < b ? -1 : 1,
  )) {
    if (path === "" || dev === true) continue;
    const names = await readdir(join(root, path)).catch(() => undefined);
    // What is for another kind of machine is not installed, and not in the program.
    if (names === undefined) continue;
    const texts = await Promise.all(
      names.filter((name) => LICENCE.test(name)).map((name) => readFile(join(root, path, name), "utf8")),
    );
    const name = path.slice(path.lastIndexOf("node_modules/") + "node_modules/".length);
    parts.push(
      [`${"-".repeat(80)}\n${name} ${version}, ${license}`, ...texts.map((text) => text.trim())].join("\n\n"),
    );
  }
  for (const program of ["plugins/renderers/raw/jsonnet/evaluator", "src/render/go-templates/engine"])
    parts.push(await readFile(join(root, program, "LICENSES.txt"), "utf8"));
  return `${parts.map((part) => part.trimEnd()).join("\n\n")}\n`;
}
