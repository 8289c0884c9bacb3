/** A folder on disk as a source that tests can write to. */
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import type { SourceTree } from "../../src/core/ports/source-tree.ts";
import { folderTree } from "../../src/render/folder-tree.ts";

export interface SourceFolder {
  path: string;
  write(files: Record<string, string | Uint8Array>): void;
  link(path: string, target: string): void;
  remove(path: string): void;
  tree(): Promise<SourceTree>;
  dispose(): void;
}

export function sourceFolder(files: Record<string, string | Uint8Array> = {}): SourceFolder {
  const outer = mkdtempSync(join(tmpdir(), "holdfast-source-"));
  const path = join(outer, "repository");
  mkdirSync(path);
  const folder: SourceFolder = {
    path,
    write(more) {
      for (const [name, content] of Object.entries(more)) {
        mkdirSync(dirname(join(path, name)), { recursive: true });
        writeFileSync(join(path, name), content);
      }
    },
    link(name, target) {
      mkdirSync(dirname(join(path, name)), { recursive: true });
      symlinkSync(target, join(path, name));
    },
    remove: (name) => rmSync(join(path, name), { recursive: true }),
    tree: () => folderTree(path),
    dispose: () => rmSync(outer, { recursive: true, force: true }),
  };
  folder.write(files);
  return folder;
}

export function configMap(name: string, data: Record<string, string> = {}): string {
  return `apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: ${name}\ndata: ${JSON.stringify(data)}\n`;
}
