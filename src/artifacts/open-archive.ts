/** Looks through an archive that somebody else made, before anybody works with it. */
import { promisify } from "node:util";
import { gunzip } from "node:zlib";
import { Failure } from "../core/model/failure.ts";
import type { ResolvedArtifact } from "../core/ports/artifacts.ts";
import { codeOf } from "../lib/caught.ts";
import { folderOf, resolveInside } from "../lib/resolve-inside.ts";
import { OddTar, readTar, type TarEntry } from "../lib/tar.ts";
import { type PackedFile, PackedTree } from "./packed-tree.ts";

/** DS-3. */
const MAX_UNPACKED_BYTES = 100 * 1024 * 1024,
  MAX_FILE_BYTES = 5 * 1024 * 1024,
  MAX_ENTRIES = 10_000,
  MAX_DEPTH = 40,
  /** Text packs to a tenth. */
  MAX_RATIO = 100,
  /** So small that its ratio says nothing. */
  SMALL_BYTES = 1024 * 1024;

/** Helm leaves out the first step of every path, whatever it is called. */
type Holds = ResolvedArtifact["archive"]["holds"];

const unzip = promisify(gunzip);

/**
 * @param object what failures are about
 * @throws {Failure} artifact-refused for what is damaged, too large, or leads out of it
 */
export async function openArchive(packed: Uint8Array, holds: Holds, object: string): Promise<PackedTree> {
  const refused = (why: string): Failure =>
    new Failure("artifact-refused", object, "after-edit", {
      cannot: "use its archive",
      why,
      fix:
        holds === "chart"
          ? "Have it packed with helm package, and published again"
          : "Have it packed and published again",
    });
  const files = new Map<string, PackedFile>();
  for (const entry of entriesOf(await unzipped(packed, refused), refused)) {
    const path = pathOf(entry, holds, refused);
    if (path === undefined) continue;
    if (files.has(path)) throw refused(`it holds ${JSON.stringify(path)} twice`);
    if (entry.is === "link") files.set(path, linkOf(path, entry, refused));
    else if (entry.is === "file") {
      if (entry.content.length > MAX_FILE_BYTES)
        throw refused(`${JSON.stringify(path)} in it is larger than ${MAX_FILE_BYTES >> 20} MiB`);
      files.set(path, { is: "file", content: entry.content });
    }
  }
  for (const path of files.keys())
    for (let folder = folderOf(path); folder !== ""; folder = folderOf(folder))
      if (files.has(folder)) throw refused(`${JSON.stringify(folder)} in it is a file and a folder`);
  if (holds === "chart" && !files.has("Chart.yaml"))
    throw refused("there is no Chart.yaml in its folder, so it is no chart");
  return new PackedTree(files, object);
}

type Refuse = (why: string) => Failure;

async function unzipped(packed: Uint8Array, refused: Refuse): Promise<Uint8Array> {
  const isZipped = packed[0] === 0x1f && packed[1] === 0x8b;
  const most = isZipped
    ? Math.min(MAX_UNPACKED_BYTES, Math.max(SMALL_BYTES, packed.length * MAX_RATIO))
    : MAX_UNPACKED_BYTES;
  if (!isZipped) {
    if (packed.length > most) throw refused(`it is larger than ${most >> 20} MiB`);
    return packed;
  }
  try {
    return await unzip(packed, { maxOutputLength: most });
  } catch (cause) {
    if (cause instanceof RangeError || codeOf(cause) === "ERR_BUFFER_TOO_LARGE")
      throw refused(
        `it unpacks to more than ${most >> 20} MiB, which is more than an archive of manifests can be`,
      );
    throw refused("it is damaged");
  }
}

function entriesOf(archive: Uint8Array, refused: Refuse): TarEntry[] {
  try {
    const entries = readTar(archive);
    if (entries.length > MAX_ENTRIES) throw refused(`it holds more than ${MAX_ENTRIES} files`);
    return entries;
  } catch (cause) {
    if (cause instanceof OddTar) throw refused(`it ${cause.message}`);
    throw cause;
  }
}

/** In the tree's terms; undefined for a folder, which its files make. */
function pathOf(entry: TarEntry, holds: Holds, refused: Refuse): string | undefined {
  const { name } = entry;
  const steps = name.split("/");
  if (/[\\\0]/.test(name) || name.startsWith("/") || steps.includes(".."))
    throw refused(`it holds a file named ${JSON.stringify(name)}, which leads out of it`);
  if (entry.is === "folder") return undefined;
  if (entry.is === "hard-link")
    throw refused(`${JSON.stringify(name)} in it is a hard link, and only files are taken`);
  const clean = steps.filter((step) => step !== "" && step !== ".");
  if (clean.length > MAX_DEPTH) throw refused(`it holds folders in folders, more than ${MAX_DEPTH} deep`);
  const inside = holds === "chart" ? clean.slice(1) : clean;
  if (inside.length === 0 || inside.some((step) => /^\.git$/i.test(step)))
    throw refused(`it holds a file named ${JSON.stringify(name)}, which is outside its folder`);
  return inside.join("/");
}

function linkOf(path: string, { target }: { target: string }, refused: Refuse): PackedFile {
  const goal = resolveInside(folderOf(path), target);
  if (!goal.ok) throw refused(`${JSON.stringify(path)} in it is a link that leads out of it`);
  return { is: "link", target, goal: goal.path };
}
