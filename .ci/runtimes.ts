/** The runtime that a program is made with, for each kind of machine. */
import { createHash } from "node:crypto";
import { mkdir, readdir, rename } from "node:fs/promises";
import { join } from "node:path";
import type { Lock } from "./sbom.ts";

export const TARGETS = ["linux-x64", "linux-arm64", "darwin-x64", "darwin-arm64"] as const;
export type Target = (typeof TARGETS)[number];

/** By its path in the lock. */
export function runtimePackage(target: Target): string {
  return `node_modules/@oven/bun-${target.replace("arm64", "aarch64")}`;
}

/**
 * Fetched by npm, and taken only where its hash is the lock's: the bundler's own way of fetching one asks for no hash.
 * @param into a folder for it
 * @returns the program
 * @throws {Error} where it cannot be fetched, or is another than the lock names
 */
export async function fetchRuntime(target: Target, lock: Lock, into: string): Promise<string> {
  const path = runtimePackage(target);
  const { version = "", integrity = "" } = lock.packages[path] ?? {};
  const name = `${path.slice("node_modules/".length)}@${version}`;
  const folder = join(into, target);
  await mkdir(folder, { recursive: true });
  await ran(folder, "npm", "pack", "--silent", name);
  const [packed = ""] = (await readdir(folder)).filter((file) => file.endsWith(".tgz"));
  const hash = createHash("sha512")
    .update(await Bun.file(join(folder, packed)).bytes())
    .digest("base64");
  if (integrity !== `sha512-${hash}`) throw new Error(`${name} is not what the lock names: sha512-${hash}`);
  await ran(folder, "tar", "-xzf", packed, "package/bin/bun");
  const program = join(folder, "bun");
  await rename(join(folder, "package", "bin", "bun"), program);
  return program;
}

async function ran(cwd: string, ...argv: string[]): Promise<void> {
  const child = Bun.spawn(argv, { cwd, stdout: "ignore", stderr: "pipe", env: process.env });
  const said = await new Response(child.stderr).text();
  if ((await child.exited) !== 0) throw new Error(`${argv.join(" ")}: ${said.trim() || "it failed"}`);
}
