import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";

export interface BundledFile {
  /** `main-3f2a91.js`, `main-77c1.css`: of other content, another name. */
  name: string;
  /** `entry`: what the page begins with. */
  is: "entry" | "part";
  text: string;
}

const root = join(import.meta.dir, "..", "..", "..");
/** What a bundle is made of, besides packages. */
const PARTS = ["src/ui", "src/core", "src/lib"];
/** Of bundles that were made: others than the newest are of files that were changed since. */
const KEPT = 4;

/**
 * The page's scripts and styles. Called as a macro: it runs when the program is bundled (or started from source), and
 * only its answer is in the binary. The bundler cannot be called from within itself, so it is called in a process, once
 * for the same files: a start from source takes a second less.
 *
 * @throws {Error} what the bundler says
 */
export function bundlePage(): BundledFile[] {
  const folder = join(root, "node_modules", ".cache", "holdfast-page");
  const file = join(folder, `${stateOfSources()}.json`);
  const known = readKept(file);
  if (known !== undefined) return known;
  const { success, stdout, stderr } = Bun.spawnSync([process.execPath, join(import.meta.dir, "bundle.ts")]);
  if (!success) throw new Error(`the page cannot be bundled: ${stderr.toString()}`);
  const text = stdout.toString();
  keep(folder, file, text);
  return JSON.parse(text) as BundledFile[];
}

/** Another one where a file was written, came or went. */
function stateOfSources(): string {
  const hash = new Bun.CryptoHasher("sha256").update(`${Bun.version} ${root}`);
  const files = PARTS.flatMap((part) => [
    ...new Bun.Glob("**/*.{ts,tsx,css,html,svg}").scanSync({ cwd: join(root, part), absolute: true }),
  ]);
  for (const file of [...files.sort(), join(root, "package-lock.json")]) {
    const { size, mtimeNs, ino } = statSync(file, { bigint: true, throwIfNoEntry: false }) ?? {};
    hash.update(`${file} ${size} ${mtimeNs} ${ino}\n`);
  }
  return hash.digest("hex");
}

function readKept(file: string): BundledFile[] | undefined {
  try {
    return JSON.parse(readFileSync(file, "utf8")) as BundledFile[];
  } catch {
    // There is none, or it was cut off: it is made anew.
    return undefined;
  }
}

/** Where nothing may be written, each start makes it for itself. */
function keep(folder: string, file: string, text: string): void {
  try {
    mkdirSync(folder, { recursive: true });
    const aside = `${file}.${process.pid}`;
    writeFileSync(aside, text);
    renameSync(aside, file);
    const age = (name: string): number => statSync(join(folder, name)).mtimeMs;
    const old = readdirSync(folder).sort((a, b) => age(b) - age(a));
    for (const name of old.slice(KEPT)) rmSync(join(folder, name), { force: true });
  } catch {
    // A package that is installed for everybody, or another start that cleans up at the same moment.
  }
}
