/** The compiled binary of `npm run build`, with nothing else on the machine: Jsonnet and Go templates need nothing. */
import { afterAll, beforeAll, expect, test } from "bun:test";
import { copyFileSync, cpSync, existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseYaml } from "../../src/lib/yaml.ts";
import { run } from "../lib/daemon.ts";

const built = join(import.meta.dir, "..", "..", "dist", "holdfast");
const root = mkdtempSync(join(tmpdir(), "holdfast-jsonnet-"));
const holdfast = join(root, "holdfast");

beforeAll(() => {
  if (!existsSync(built)) throw new Error("there is no dist/holdfast: run npm run build");
  // Away from the repository and its node_modules.
  copyFileSync(built, holdfast);
  cpSync(join(import.meta.dir, "..", "golden", "render", "raw-jsonnet"), root, { recursive: true });
});
afterAll(() => rmSync(root, { recursive: true, force: true }));

test("is rendered with an empty environment", async () => {
  const { code, stdout, stderr } = await run([holdfast, "render", "-f", "app.yaml", "--source", "source"], {
    cwd: root,
    env: {},
  });
  expect({ code, stderr }).toEqual({ code: 0, stderr: "5 objects rendered.\n" });
  const names = parseYaml(stdout).documents.map(
    ({ value }) => (value as { metadata: { name: string } }).metadata.name,
  );
  expect(names.sort()).toEqual(["plain", "size-1", "size-3", "texts", "web"]);
});

test("and doctor says that its evaluator is part of the program", async () => {
  const { stdout } = await run([holdfast, "doctor", "-o", "json"], { cwd: root, env: {} });
  const { items } = JSON.parse(stdout) as { items: { name: string; state: string; text: string }[] };
  expect(items.find(({ name }) => name === "jsonnet")).toEqual({
    name: "jsonnet",
    state: "ok",
    text: "jsonnet 0.22.0 (part of this program)",
  });
});

test("and an ApplicationSet's Go templates are filled in, with an empty environment", async () => {
  writeFileSync(
    join(root, "set.yaml"),
    `apiVersion: argoproj.io/v1alpha1
kind: ApplicationSet
metadata: { name: web }
spec:
  goTemplate: true
  generators: [{ list: { elements: [{ name: Team_A }] } }]
  template:
    metadata: { name: "{{ .name | normalize }}" }
    spec: { source: { repoURL: "https://git.example.com/a.git", path: a }, destination: { server: "https://a" } }
`,
  );
  expect(
    await run([holdfast, "appset", "generate", "set.yaml", "-o", "name"], { cwd: root, env: {} }),
  ).toEqual({
    code: 0,
    stdout: "argocd/team-a\n",
    stderr: "1 application generated.\n",
  });
});
