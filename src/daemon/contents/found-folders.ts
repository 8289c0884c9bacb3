/** Which folders of a repository an Application could name: by what lies in them, as the renderers tell. */
import { FILE_NAMES } from "../../../plugins/renderers/kustomize/kustomization.ts";
import { looksLikeManifest } from "../../../plugins/renderers/raw/looks-like-manifest.ts";
import { type TreeFolder, treeReading } from "../../core/generate/git-tree.ts";
import { Failure } from "../../core/model/failure.ts";
import type { FoundFolder } from "../../core/ports/repository-contents.ts";
import type { SourceTree } from "../../core/ports/source-tree.ts";

/** Told of one repository. */
const MOST_FOLDERS = 10_000;
/** Files that are read to tell manifests from other YAML; where more would have to be, a folder's names tell. */
const MOST_READ = 1_000;
/** Of one folder: whoever keeps manifests there has one among the first. */
const MOST_READ_OF_ONE = 3;

const KUSTOMIZATIONS: readonly string[] = FILE_NAMES;

/**
 * By path. What is below a chart is the chart's own, and what begins with a dot is a tool's.
 * @param show the repository, without userinfo
 * @throws {Failure} refused where it holds too much; of the tree
 */
export async function foundFolders(tree: SourceTree, show: string): Promise<FoundFolder[]> {
  const walked = await treeReading().walk(tree, "file", undefined);
  if (walked.is === "too-large") throw tooMuch(show, `it holds more than ${walked.most} files and folders`);
  const found: FoundFolder[] = [];
  let left = MOST_READ;
  const holdsManifests = async (paths: readonly string[]): Promise<boolean> => {
    if (paths.some((path) => path.endsWith(".jsonnet"))) return true;
    const yaml = paths.filter((path) => /\.(?:yaml|yml|json)$/.test(path)).slice(0, MOST_READ_OF_ONE);
    for (const path of yaml) {
      if (--left < 0) return true;
      if (looksLikeManifest(new TextDecoder().decode(await tree.read(path)))) return true;
    }
    return false;
  };
  const visit = async (folder: TreeFolder): Promise<void> => {
    if (found.length > MOST_FOLDERS)
      throw tooMuch(show, `more than ${MOST_FOLDERS} of its folders can be applications`);
    const files = folder.inside.flatMap(({ kind, path }) => (kind === "file" ? [path] : []));
    const names = new Set(files.map(nameOf));
    const path = folder.path === "" ? "." : folder.path;
    if (KUSTOMIZATIONS.some((name) => names.has(name))) found.push({ path, type: "Kustomize" });
    else if (names.has("Chart.yaml")) found.push({ path, type: "Helm" });
    else if (await holdsManifests(files)) found.push({ path, type: "Directory" });
    for (const each of folder.inside) {
      if (each.kind !== "folder" || nameOf(each.path).startsWith(".")) continue;
      // Subcharts can be named for themselves, and nothing else of a chart.
      if (!names.has("Chart.yaml") || nameOf(each.path) === "charts") await visit(each);
    }
  };
  await visit(walked.root);
  return found.sort((a, b) => (a.path < b.path ? -1 : 1));
}

function nameOf(path: string): string {
  return path.slice(path.lastIndexOf("/") + 1);
}

function tooMuch(show: string, why: string): Failure {
  return new Failure("refused", show, "after-edit", {
    cannot: "tell which applications it could hold",
    why,
    fix: "Write the path yourself",
  });
}
