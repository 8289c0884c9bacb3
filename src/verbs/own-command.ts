import { realpathSync } from "node:fs";
import { basename, join, relative } from "node:path";
import type { Surroundings } from "./surroundings.ts";

/** This program as one would type it here: what npx would run from sources, without the seconds that npx takes; else `holdfast` where PATH has it, else its path. */
export function ownCommand({ packageRoot, self: { execPath }, env, cwd }: Surroundings): string {
  if (packageRoot !== undefined) return typed(join(packageRoot, "src", "bin.mjs"), cwd);
  const name = basename(execPath);
  const found = Bun.which(name, { PATH: env.PATH ?? "" });
  if (found !== null && realpathSync(found) === execPath) return name;
  return typed(execPath, cwd);
}

function typed(file: string, cwd: string): string {
  const path = relative(cwd, file);
  const word = path.startsWith("..") ? file : path.includes("/") ? path : `./${path}`;
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}
