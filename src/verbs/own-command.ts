import { realpathSync } from "node:fs";
import { basename, relative } from "node:path";
import type { Surroundings } from "./surroundings.ts";

/** This program as one would type it here: `npx holdfast` from sources, else `holdfast` where PATH has it, else its path. */
export function ownCommand({ packageRoot, self: { execPath }, env, cwd }: Surroundings): string {
  if (packageRoot !== undefined) return "npx holdfast";
  const name = basename(execPath);
  const found = Bun.which(name, { PATH: env.PATH ?? "" });
  if (found !== null && realpathSync(found) === execPath) return name;
  const path = relative(cwd, execPath);
  if (path.startsWith("..")) return execPath;
  return path.includes("/") ? path : `./${path}`;
}
