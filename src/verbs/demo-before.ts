import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { isWorkedOn } from "../git/commit-files.ts";

/** An empty file by which a demo knows its own folder. */
export const MARK = ".holdfast-demo";
/** What a person may have changed in a demo's folder. */
const WORK = ["repository", "applications"] as const;
const BEFORE = "before";

/**
 * Empties a demo's folder for the next start. What a person did there (commits, edited files, applications of their own) is
 * put aside, in place of what was put aside before.
 *
 * @param made the files of `applications` as the demo writes them: name -> text
 * @returns where it is put, undefined where nobody did anything
 */
export async function clearDemo(
  dir: string,
  made: Readonly<Record<string, string>>,
): Promise<string | undefined> {
  const isKept =
    (existsSync(join(dir, "repository")) && (await isWorkedOn(join(dir, "repository")))) ||
    !isAsMade(join(dir, "applications"), made);
  const before = join(dir, BEFORE);
  const stays = new Set<string>(isKept ? [MARK, ...WORK] : [MARK, BEFORE]);
  for (const name of existsSync(dir) ? readdirSync(dir) : [])
    if (!stays.has(name)) rmSync(join(dir, name), { recursive: true, force: true });
  if (!isKept) return undefined;
  mkdirSync(before, { mode: 0o700 });
  for (const name of WORK) if (existsSync(join(dir, name))) renameSync(join(dir, name), join(before, name));
  return before;
}

function isAsMade(folder: string, made: Readonly<Record<string, string>>): boolean {
  if (!existsSync(folder)) return true;
  const names = readdirSync(folder);
  return (
    names.length === Object.keys(made).length &&
    names.every((name) => made[name] !== undefined && readFileSync(join(folder, name), "utf8") === made[name])
  );
}
