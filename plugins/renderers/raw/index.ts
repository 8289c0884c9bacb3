import type { RenderedDocument } from "../../../src/core/model/desired-object.ts";
import { Failure } from "../../../src/core/model/failure.ts";
import { namedTools } from "../../../src/core/model/source.ts";
import { decodeText } from "../../../src/lib/decode-text.ts";
import { isLfsPointer } from "../../../src/lib/lfs-pointer.ts";
import { defineRenderer } from "../../../src/plugin/contract.ts";
import { listFiles } from "./list-files.ts";
import { looksLikeManifest } from "./looks-like-manifest.ts";

/** A file that says this is left alone. Source: Argo CD. */
const SKIP = "+argocd:skip-file-rendering";
/** Of all files together. */
const MAX_BYTES = 10 * 1024 * 1024;

/** A folder of plain manifests, Argo CD's `Directory`. Runs no process; texts are parsed later, with file and line. */
export default defineRenderer({
  name: "raw",
  sourceType: "Directory",
  async claims({ source }) {
    return namedTools(source).includes("directory") ? "asked-for" : "no";
  },
  async inputs({ source, path }) {
    const take = source.directory?.recurse === true ? "everything" : "own-files";
    const paths = [{ path, take, dangling: "left out", encrypted: "opened" }] as const;
    return { paths: [...paths], capabilities: "unused", app: "unused", tool: "" };
  },
  async render({ source, path, tree }) {
    const { files, dangling } = await listFiles(tree, path, source.directory ?? {});
    const documents: RenderedDocument[] = dangling.map((file) =>
      withoutFile(file, {
        why: "it is a link that leads nowhere",
        fix: "Correct the link, or put it into directory.exclude",
      }),
    );
    let bytes = 0;
    for (const file of files) {
      const content = await tree.read(file);
      const decoded = decodeText(content);
      if (!decoded.ok) {
        if (looksLikeManifest(new TextDecoder("latin1").decode(content)))
          throw new Failure("manifest", file, "after-edit", {
            cannot: "read",
            why: decoded.problem,
            fix: "Save it as UTF-8",
          });
        documents.push(withoutFile(file, { why: decoded.problem, fix: "Save it as UTF-8" }));
        continue;
      }
      const { text } = decoded;
      if (text.includes(SKIP)) continue;
      if (isLfsPointer(content)) {
        throw new Failure("manifest", file, "after-edit", {
          cannot: "read",
          why: "it is a pointer of Git LFS, not the file itself",
          fix: "Keep manifests out of Git LFS, or put it into directory.exclude",
        });
      }
      if (file.endsWith(".jsonnet")) {
        throw new Failure("render", file, "after-edit", {
          cannot: "render",
          why: "Jsonnet is not rendered by this installation",
          fix: "Load a renderer for it as a plugin, or put it into directory.exclude",
        });
      }
      bytes += content.length;
      if (bytes > MAX_BYTES) {
        throw new Failure("render", file, "after-edit", {
          cannot: "render",
          why: `with this file the manifests of the folder are larger than ${MAX_BYTES >> 20} MiB`,
          fix: "Split the application, or exclude files that are no manifests",
        });
      }
      documents.push({ text, file, line: 1, onParseError: looksLikeManifest(text) ? "refuse" : "warn" });
    }
    return { documents, problems: [] };
  },
});

function withoutFile(
  file: string,
  unreadable: NonNullable<RenderedDocument["unreadable"]>,
): RenderedDocument {
  return { text: "", file, line: 1, onParseError: "warn", unreadable };
}
