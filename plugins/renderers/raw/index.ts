import type { RenderedDocument } from "../../../src/core/model/desired-object.ts";
import { Failure } from "../../../src/core/model/failure.ts";
import { namedTools } from "../../../src/core/model/source.ts";
import { decodeText } from "../../../src/lib/decode-text.ts";
import { isLfsPointer } from "../../../src/lib/lfs-pointer.ts";
import { defineRenderer, type InputPath } from "../../../src/plugin/contract.ts";
import { evaluate } from "./jsonnet/evaluate.ts";
import { findImports } from "./jsonnet/find-imports.ts";
import { envNamesOf, jsonnetOf } from "./jsonnet/options.ts";
import { listFiles } from "./list-files.ts";
import { looksLikeManifest } from "./looks-like-manifest.ts";

/** A file that says this is left alone. Source: Argo CD. */
const SKIP = "+argocd:skip-file-rendering";
/** Of all files together. */
const MAX_BYTES = 10 * 1024 * 1024;

/**
 * A folder of plain manifests and of Jsonnet, Argo CD's `Directory`. Runs no process unless there is Jsonnet; texts are
 * parsed later, with file and line.
 */
export default defineRenderer({
  name: "raw",
  sourceType: "Directory",
  async claims({ source }) {
    return namedTools(source).includes("directory") ? "asked-for" : "no";
  },
  async inputs(request, context) {
    const { source, path, tree } = request;
    const take = source.directory?.recurse === true ? "everything" : "own-files";
    const how = { dangling: "left out", encrypted: "opened" } as const;
    const paths: InputPath[] = [{ path, take, ...how }];
    const programs = (await listFiles(tree, path, source.directory ?? {})).files.filter(isJsonnet);
    if (programs.length === 0) return { paths, capabilities: "unused", app: "unused", tool: "" };
    const imports = await findImports(tree, programs, jsonnetOf(request));
    return {
      paths: [...paths, ...imports.map((file) => ({ path: file, ...how }))],
      env: envNamesOf(source),
      capabilities: "unused",
      app: "unused",
      tool: await context.tool("jsonnet"),
    };
  },
  async render(request, context) {
    const { source, path, tree } = request;
    const { files, dangling } = await listFiles(tree, path, source.directory ?? {});
    const found: (RenderedDocument | Program)[] = dangling.map((file) =>
      withoutFile(file, {
        why: "it is a link that leads nowhere",
        fix: "Correct the link, or put it into directory.exclude",
      }),
    );
    let bytes = 0;
    const count = (file: string, more: number): void => {
      bytes += more;
      if (bytes > MAX_BYTES) throw tooLarge(file);
    };
    for (const file of files) {
      const content = await tree.read(file);
      const decoded = decodeText(content);
      if (!decoded.ok) {
        if (isJsonnet(file) || looksLikeManifest(new TextDecoder("latin1").decode(content)))
          throw new Failure("manifest", file, "after-edit", {
            cannot: "read",
            why: decoded.problem,
            fix: "Save it as UTF-8",
          });
        found.push(withoutFile(file, { why: decoded.problem, fix: "Save it as UTF-8" }));
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
      count(file, content.length);
      if (isJsonnet(file)) found.push({ program: file });
      else found.push({ text, file, line: 1, onParseError: looksLikeManifest(text) ? "refuse" : "warn" });
    }
    const programs = found.flatMap((each) => ("program" in each ? [each.program] : []));
    const evaluated = await evaluate(programs, request, context);
    for (const [file, made] of evaluated) for (const { text } of made) count(file, text.length);
    // What a program makes stands where its name does among the others'.
    const documents = found.flatMap((each) =>
      "program" in each ? (evaluated.get(each.program) ?? []) : each,
    );
    return { documents, problems: [] };
  },
});

/** A file of Jsonnet in the place of what it is evaluated to. */
interface Program {
  program: string;
}

function isJsonnet(file: string): boolean {
  return file.endsWith(".jsonnet");
}

function tooLarge(file: string): Failure {
  return new Failure("render", file, "after-edit", {
    cannot: "render",
    why: `with this file the manifests of the folder are larger than ${MAX_BYTES >> 20} MiB`,
    fix: "Split the application, or exclude files that are no manifests",
  });
}

function withoutFile(
  file: string,
  unreadable: NonNullable<RenderedDocument["unreadable"]>,
): RenderedDocument {
  return { text: "", file, line: 1, onParseError: "warn", unreadable };
}
