/** Two releases of kustomize beside each other, chosen by sources, on the compiled binary: `render` and `doctor`. */
import { afterAll, expect, setDefaultTimeout, test } from "bun:test";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { controlPlaneBinaries } from "../lib/control-plane.ts";
import { BINARY, run } from "../lib/daemon.ts";
import { configMap } from "../lib/manifests.ts";
import { applicationOf } from "../lib/render-host.ts";
import { sourceFolder } from "../lib/source-folder.ts";
import { yaml } from "../lib/stage.ts";

setDefaultTimeout(60_000);

const built = controlPlaneBinaries();
const programs = { current: join(built, "kustomize"), older: join(built, "kustomize-5.4.3") };
for (const program of Object.values(programs))
  if (!existsSync(program)) throw new Error(`there is no ${program}: run test/controlplane/build.sh`);
const dir = mkdtempSync(join(tmpdir(), "holdfast-versions-"));
const repository = sourceFolder({
  "k/kustomization.yaml": "resources: [a.yaml]\nbuildMetadata: [managedByLabel]\n",
  "k/a.yaml": yaml(configMap("shop", "a")),
});
afterAll(() => {
  repository.dispose();
  rmSync(dir, { recursive: true });
});
const config = join(dir, "holdfast.yaml");
writeFileSync(
  config,
  `render:\n  kustomize: ${programs.current}\n  versions:\n  - { tool: kustomize, version: v5.4.3, program: ${programs.older} }\n  - { tool: kustomize, version: v4, program: /nowhere/kustomize }\n`,
);

const holdfast = (...words: string[]) => run([BINARY, ...words], { cwd: dir, env: { PATH: "", HOME: dir } });
function rendered(version: string) {
  const file = join(dir, "app.yaml");
  writeFileSync(file, JSON.stringify(applicationOf({ path: "k", kustomize: { version } })));
  return holdfast("render", "-f", file, "--source", repository.path, "--config", config);
}

test.each([
  ["", "kustomize-v5.8.1"],
  ["v5.4.3", "kustomize-v5.4.3"],
])("version %p renders with %s", async (version, label) => {
  const { code, stdout } = await rendered(version);
  expect(code).toBe(0);
  expect(stdout).toContain(label);
});

test("a version that is not there is refused with those that are", async () => {
  const { code, stderr } = await rendered("v3.9.4");
  expect(code).not.toBe(0);
  expect(stderr.replace(/\s+/g, " ")).toContain(
    "kustomize v3.9.4: cannot render: it is not registered; v5.4.3, v4 are",
  );
});

test("doctor tells each version with its program, and which one is missing", async () => {
  const { stdout } = await holdfast("doctor", "--config", config);
  const text = stdout.replace(/\s+/g, " ");
  expect(text).toContain(`v5.4.3: kustomize 5.4.3 (${programs.older})`);
  expect(text).toContain("v4: config names /nowhere/kustomize, which is not there or not executable");
});
