/** Commits to a repository on this machine, where no git program is needed: for the demo, which makes its own. */
import * as fs from "node:fs";
import { mkdir, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import * as isomorphic from "isomorphic-git";
import { Failure } from "../core/model/failure.ts";
import { resolveInside } from "../lib/resolve-inside.ts";

/** Where what the demo commits by itself ends; whatever comes after it is somebody's work. */
const MADE = "refs/holdfast/demo";
const author = { name: "Holdfast demo", email: "demo@holdfast.invalid" };

export interface CommitFiles {
  /**
   * Writes the files into the working folder and commits everything there on `main`; makes the repository where there
   * is none.
   *
   * @param files path, relative and with `/` -> text
   * @returns the commit's full SHA
   */
  commitAll(dir: string, files: Readonly<Record<string, string>>, message: string): Promise<string>;
  /** As `commitAll`, but these files alone, and by somebody: what a demo itself does, which is nobody's work. */
  commitMade(
    dir: string,
    files: Readonly<Record<string, string>>,
    message: string,
    by?: { name: string; email: string },
  ): Promise<string>;
}

export function commitFiles(): CommitFiles {
  return {
    async commitAll(dir, files, message) {
      await write(dir, files);
      await stageAll(dir);
      return isomorphic.commit({ fs, dir, message, author });
    },
    async commitMade(dir, files, message, by = author) {
      await write(dir, files);
      for (const filepath of Object.keys(files)) await isomorphic.add({ fs, dir, filepath });
      const before = await tip(dir, "HEAD");
      const isUntouched = before === (await tip(dir, MADE));
      const commit = await isomorphic.commit({ fs, dir, message, author: by });
      if (isUntouched) await isomorphic.writeRef({ fs, dir, ref: MADE, value: commit, force: true });
      return commit;
    },
  };
}

async function write(dir: string, files: Readonly<Record<string, string>>): Promise<void> {
  await mkdir(dir, { recursive: true });
  if (!fs.existsSync(`${dir}/.git`)) await isomorphic.init({ fs, dir, defaultBranch: "main" });
  for (const [path, text] of Object.entries(files)) {
    const inside = resolveInside("", path);
    if (!inside.ok)
      throw new Failure("git-path", path, "after-edit", { cannot: "write it", why: inside.why });
    const file = join(dir, inside.path);
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, text);
  }
}

/** @returns undefined where there is no such ref yet */
async function tip(dir: string, ref: string): Promise<string | undefined> {
  try {
    return await isomorphic.resolveRef({ fs, dir, ref });
  } catch (cause) {
    if (cause instanceof isomorphic.Errors.NotFoundError) return undefined;
    throw cause;
  }
}

/** Whether a repository that `commitFiles` began holds anything beside what the demo itself made, committed or not. */
export async function isWorkedOn(dir: string): Promise<boolean> {
  try {
    const files = await isomorphic.statusMatrix({ fs, dir });
    return (
      (await tip(dir, "HEAD")) !== (await tip(dir, MADE)) ||
      files.some(([, head, inFolder, staged]) => head !== 1 || inFolder !== 1 || staged !== 1)
    );
  } catch (cause) {
    // One that cannot be read any more is somebody's work too.
    if (cause instanceof Error) return true;
    throw cause;
  }
}

/** What changed in the working folder, by whomever, goes into the commit. */
async function stageAll(dir: string): Promise<void> {
  for (const [filepath, , inFolder, staged] of await isomorphic.statusMatrix({ fs, dir })) {
    if (inFolder === 0) await isomorphic.remove({ fs, dir, filepath });
    else if (inFolder !== staged) await isomorphic.add({ fs, dir, filepath });
  }
}
