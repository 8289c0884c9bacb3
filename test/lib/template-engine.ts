/** The engine of Go templates as the daemon has it, for tests: the real program in the real sandbox. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TemplateEngine } from "../../src/core/ports/template-engine.ts";
import { ProcessGroups } from "../../src/lib/process-groups.ts";
import { GoTemplateEngine } from "../../src/render/go-templates/template-engine.ts";
import { sandboxLevel } from "../../src/render/sandbox-level.ts";
import { ToolFinder } from "../../src/render/tools.ts";
import { cameWithUs } from "../../src/verbs/tool-places.ts";

export async function templateEngine(): Promise<{ engine: TemplateEngine; remove(): void }> {
  const folder = mkdtempSync(join(tmpdir(), "holdfast-templates-"));
  const level = await sandboxLevel();
  const scratchDir = join(folder, "scratch");
  const embedded = await cameWithUs({ embedded: {}, packageRoot: undefined }, join(folder, "tools"));
  const engine = new GoTemplateEngine(
    {
      tools: new ToolFinder({ searchPath: "", embedded, scratchDir, level }),
      level,
      sandbox: "best-effort",
      timeoutMs: 30_000,
      groups: new ProcessGroups(),
      scratchDir,
    },
    "ApplicationSet argocd/test",
    new AbortController().signal,
  );
  return { engine, remove: () => rmSync(folder, { recursive: true, force: true }) };
}
