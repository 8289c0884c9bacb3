/** Commands that an operator declares, in the real sandbox: hosts and repositories that go with their test. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Failure } from "../../src/core/model/failure.ts";
import type { ManagementPlugin } from "../../src/core/model/management-plugin.ts";
import type { PluginSource } from "../../src/core/model/source.ts";
import type { Rendered } from "../../src/core/ports/renderers.ts";
import { sandboxLevel } from "../../src/render/sandbox-level.ts";
import { ToolFinder } from "../../src/render/tools.ts";
import { loadedPlugin } from "./management-plugin.ts";
import { applicationOf, askFor, builtIns, npmToolSets, type RenderHost, renderHost } from "./render-host.ts";
import { configMap, type SourceFolder, sourceFolder } from "./source-folder.ts";

type HostChanges = Parameters<typeof renderHost>[1];

export interface CommandStand {
  /** Of the test; made by the first render where absent. */
  repository: SourceFolder | undefined;
  /** Knows these plugins beside the built-in renderers. */
  hostOf(declared: readonly ManagementPlugin[], changes?: HostChanges): Promise<RenderHost>;
  rendered(
    declared: ManagementPlugin,
    block?: PluginSource | "none",
    files?: Record<string, string>,
  ): Promise<Rendered>;
  failureOf(...asked: Parameters<CommandStand["rendered"]>): Promise<string>;
  /** After each test. */
  clear(): void;
}

export const FILES = {
  "app/a.yaml": configMap("a"),
  "base/b.yaml": configMap("b"),
};
export const textOf = ({ documents }: Rendered): string =>
  documents.flatMap(({ documents: each }) => each.map(({ text }) => text)).join("---\n");

export async function commandStand(): Promise<CommandStand> {
  const [tools] = await npmToolSets();
  if (tools === undefined) throw new Error("no tools");
  const level = await sandboxLevel();
  const open: { remove(): void }[] = [];
  const stand: CommandStand = {
    repository: undefined,
    async hostOf(declared, changes = {}) {
      const scratchDir = mkdtempSync(join(tmpdir(), "holdfast-tools-"));
      open.push({ remove: () => rmSync(scratchDir, { recursive: true, force: true }) });
      const host = await renderHost(tools, {
        renderers: [...builtIns, ...declared.map(loadedPlugin)],
        tools: new ToolFinder({
          configured: tools.programs,
          searchPath: "/usr/bin:/bin",
          scratchDir,
          level,
        }),
        ...changes,
      });
      open.push(host);
      return host;
    },
    async rendered(declared, block = { name: "own" }, files = FILES) {
      const host = await stand.hostOf([declared], { timeoutMs: 4_000 });
      stand.repository ??= sourceFolder(files);
      const source = { path: "app", ...(block === "none" ? {} : { plugin: block }) };
      return host.renderers.render(askFor(applicationOf(source), await stand.repository.tree()));
    },
    async failureOf(...asked) {
      const end = await stand.rendered(...asked).then(textOf, (cause: unknown) => cause);
      if (end instanceof Failure) return end.message;
      throw new Error(`it did not fail: ${String(end)}`);
    },
    clear() {
      for (const each of open.splice(0)) each.remove();
      stand.repository?.dispose();
      stand.repository = undefined;
    },
  };
  return stand;
}
