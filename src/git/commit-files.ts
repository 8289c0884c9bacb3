/** Commits to a repository on this machine, where no git program is needed: for the demo, which makes its own. */
import * as fs from "node:fs";
import { mkdir, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import * as isomorphic from "isomorphic-git";
import { Failure } from "../core/model/failure.ts";
import { resolveInside } from "../lib/resolve-inside.ts";

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
}

export function commitFiles(): CommitFiles {
  return {
    async commitAll(dir, files, message) {
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
      await stageAll(dir);
      return isomorphic.commit({ fs, dir, message, author });
    },
  };
}

/** Whether a repository that `commitFiles` began holds anything after its first commit, committed or not. */
export async function isWorkedOn(dir: string): Promise<boolean> {
  try {
    const commits = await isomorphic.log({ fs, dir, depth: 2 });
    const files = await isomorphic.statusMatrix({ fs, dir });
    return (
      commits.length > 1 ||
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
