/** Whether a chart asks which cluster it is rendered for. */
import { Failure } from "../../../src/core/model/failure.ts";
import type { SourceTree, TreeEntry } from "../../../src/core/ports/source-tree.ts";
import { below } from "../../../src/lib/resolve-inside.ts";
import type { InputsContext } from "../../../src/plugin/contract.ts";
import { MAX_UNPACKED_BYTES, unpackedAside } from "./packed-chart.ts";

/**
 * Whether anything below a chart's folder asks which cluster it is rendered for. Says yes too often rather than too rarely.
 * @param remember answers what was found out about a folder of the same content before
 */
export async function asksForCapabilities(
  tree: SourceTree,
  folder: string,
  remember: InputsContext["remember"],
): Promise<boolean> {
  const about = `capabilities of files ${await tree.oid(folder)}`;
  const { asks, folders, links } = await remember(about, () => ownFiles(tree, folder));
  if (asks) return true;
  for (const name of folders) if (await asksForCapabilities(tree, below(folder, name), remember)) return true;
  // What a link leads to may change while its folder does not.
  for (const name of links) {
    const content = await readLinked(tree, below(folder, name));
    if (content === undefined || (await fileAsks(below(folder, name), content))) return true;
  }
  return false;
}

/** What a folder's own content tells, and where more is to be found, by names. */
async function ownFiles(
  tree: SourceTree,
  folder: string,
): Promise<{ asks: boolean; folders: string[]; links: string[] }> {
  const entries = await tree.list(folder);
  const named = (wanted: TreeEntry["kind"]): string[] =>
    entries.filter(({ kind }) => kind === wanted).map(({ name }) => name);
  let asks = false;
  for (const name of named("file")) {
    const path = below(folder, name);
    asks ||= await fileAsks(path, await tree.read(path));
  }
  return { asks, folders: named("folder"), links: named("link") };
}

export async function fileAsks(path: string, content: Uint8Array): Promise<boolean> {
  const isPackage = path.endsWith(".tgz");
  return mentionsCapabilities(isPackage ? await unpackedAside(path, content, MAX_UNPACKED_BYTES) : content);
}

/** undefined for a link to a folder, and for one that the host is going to refuse. */
async function readLinked(tree: SourceTree, path: string): Promise<Uint8Array | undefined> {
  return tree.read(path).catch((cause: unknown) => {
    if (cause instanceof Failure) return undefined;
    throw cause;
  });
}

/** The same of values; what is encrypted is not opened to find out. */
export function mayMentionCapabilities(content: Uint8Array): boolean {
  return mentionsCapabilities(content) || Buffer.from(content).includes("ENC[AES256_GCM,");
}

/** A template's `.Capabilities`, or `kubeVersion` of a Chart.yaml, which is a demand on the cluster. */
function mentionsCapabilities(content: Uint8Array): boolean {
  const bytes = Buffer.from(content.buffer, content.byteOffset, content.byteLength);
  return (
    bytes.includes("Capabilities") ||
    /^kubeVersion\s*:/m.test(bytes.includes("kubeVersion") ? bytes.toString("latin1") : "")
  );
}
