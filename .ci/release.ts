/**
 * Makes what a release consists of, in dist/release: the program for each kind of machine, the chart, the manifests in three
 * sizes, a list of what is in it (CycloneDX, from the lock), licences, and the hash of each file.
 *
 *   bun .ci/release.ts                  needs a clean checkout with node_modules
 *   bun .ci/release.ts --verify         makes the program of this machine a second time, and holds the hashes together
 *
 * The date of everything is that of the commit. Programs for other machines have no Helm and Kustomize inside.
 */
import { createHash } from "node:crypto";
import { mkdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { version } from "../package.json";
import { installedDefinitions, installObjects } from "../src/core/install/install-objects.ts";
import { printYaml } from "../src/lib/yaml.ts";
import { planOf } from "./deploy-files.ts";
import { bill } from "./sbom.ts";

const root = join(import.meta.dir, "..");
const out = join(root, "dist", "release");
const TARGETS = ["linux-x64", "linux-arm64", "darwin-x64", "darwin-arm64"] as const;

const epoch = (await said("git", "log", "-1", "--format=%ct")).trim();
const env = { ...process.env, SOURCE_DATE_EPOCH: epoch };

async function said(...argv: string[]): Promise<string> {
  const child = Bun.spawn(argv, { cwd: root, stdout: "pipe", stderr: "inherit", env: process.env });
  const text = await new Response(child.stdout).text();
  if ((await child.exited) !== 0) throw new Error(`${argv.join(" ")} ended with ${child.exitCode}`);
  return text;
}

async function build(target: string, file: string): Promise<void> {
  const child = Bun.spawn([process.execPath, ".ci/build.ts", "--target", target, "--outfile", file], {
    ...{ cwd: root, env, stdout: "inherit", stderr: "inherit" },
  });
  if ((await child.exited) !== 0) throw new Error(`${target} was not built`);
}

async function hashOf(file: string): Promise<string> {
  return createHash("sha256")
    .update(await Bun.file(file).bytes())
    .digest("hex");
}

await rm(out, { recursive: true, force: true });
await mkdir(out, { recursive: true });
const files: string[] = [];
for (const target of TARGETS) {
  const file = `holdfast-${version}-${target}`;
  await build(target, join(out, file));
  files.push(file);
}
if (process.argv.includes("--verify")) {
  const here = `${process.platform}-${process.arch}`;
  const [first, again] = [join(out, `holdfast-${version}-${here}`), join(out, "again")];
  await build(here, again);
  const [one, two] = [await hashOf(first), await hashOf(again)];
  await rm(again);
  if (one !== two) throw new Error(`two builds of one commit differ: ${one} and ${two}`);
  console.log(`twice the same: ${one}`);
}
for (const rights of ["all", "namespaces", "read"] as const) {
  const file = `install-${rights}.yaml`;
  const objects = [...installedDefinitions(), ...installObjects(planOf(rights))];
  await Bun.write(join(out, file), objects.map((object) => printYaml(object)).join("---\n"));
  files.push(file);
}
await Bun.write(
  join(out, "sbom.cdx.json"),
  `${JSON.stringify(bill(await Bun.file(join(root, "package-lock.json")).json(), { version, epoch: Number(epoch) }), undefined, 2)}\n`,
);
files.push("sbom.cdx.json", "NOTICE.txt");
const lines = await Promise.all(
  files.sort().map(async (file) => `${await hashOf(join(out, file))}  ${file}\n`),
);
await Bun.write(join(out, "SHA256SUMS"), lines.join(""));
console.log(lines.join(""));
