/** docs/config-plugins.md is run, not believed, and the config of docs/vault.md is read: its snippets are written to a folder and rendered as the page says. */
import { afterAll, expect, test } from "bun:test";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { parseConfig } from "../../src/config/load-config.ts";
import { showProblem } from "../../src/core/model/problem.ts";
import { parseYaml } from "../../src/lib/yaml.ts";
import { render } from "../../src/verbs/render.ts";
import type { Surroundings } from "../../src/verbs/surroundings.ts";

const text = await Bun.file(join(import.meta.dir, "../../docs/config-plugins.md")).text();
const folder = mkdtempSync(join(tmpdir(), "config-plugins-docs-"));
afterAll(() => rmSync(folder, { recursive: true }));
for (const [, file = "", content = ""] of text.matchAll(/^```\w+ (\S+)\n([\s\S]*?)^```$/gm)) {
  mkdirSync(dirname(join(folder, file)), { recursive: true });
  writeFileSync(join(folder, file), content);
}
const around: Surroundings = {
  env: { PATH: "/usr/bin:/bin" },
  cwd: folder,
  embedded: {},
  packageRoot: undefined,
  build: { version: "test", commit: "", buildDate: "" },
  self: { env: {}, execPath: process.execPath, argv: ["bun", "src/main.ts"], execArgv: [] },
  stderr: () => undefined,
};

test("the page's plugin renders what the page says", async () => {
  const { documents, problems } = await render(around, {
    app: "app.yaml",
    source: "source",
    config: "holdfast.yaml",
    signal: new AbortController().signal,
  });
  expect(problems.map(showProblem)).toEqual([]);
  const expected = parseYaml(await Bun.file(join(folder, "expected")).text()).documents.map(
    ({ value }) => value,
  );
  expect(documents).toEqual(expected as typeof documents);
});

test("the config of docs/vault.md is one", async () => {
  const page = await Bun.file(join(import.meta.dir, "../../docs/vault.md")).text();
  const [, config = ""] = /^```yaml\n(# holdfast\.yaml\n[\s\S]*?)^```$/m.exec(page) ?? [];
  const parsed = parseConfig(config, "/etc/holdfast/holdfast.yaml", {
    env: {},
    readFile: () => "secret-id\n",
    validateCron: () => undefined,
  });
  if (!parsed.ok) throw new Error(parsed.problems.map(showProblem).join());
  expect(parsed.value.configManagementPlugins.map(({ name, secretStore }) => [name, secretStore])).toEqual([
    ["argocd-vault-plugin", "vault"],
    ["argocd-vault-plugin-helm", "vault"],
    ["argocd-vault-plugin-kustomize", "vault"],
  ]);
});
