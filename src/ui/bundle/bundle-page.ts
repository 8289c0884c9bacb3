import { join } from "node:path";

export interface BundledFile {
  /** `main-3f2a91.js`, `main-77c1.css`: of other content, another name. */
  name: string;
  /** `entry`: what the page begins with. */
  is: "entry" | "part";
  text: string;
}

/**
 * The page's scripts and styles. Called as a macro: it runs when the program is bundled (or started from source), and
 * only its answer is in the binary. The bundler cannot be called from within itself, so it is called in a process.
 *
 * @throws {Error} what the bundler says
 */
export function bundlePage(): BundledFile[] {
  const { success, stdout, stderr } = Bun.spawnSync([process.execPath, join(import.meta.dir, "bundle.ts")]);
  if (!success) throw new Error(`the page cannot be bundled: ${stderr.toString()}`);
  return JSON.parse(stdout.toString()) as BundledFile[];
}
