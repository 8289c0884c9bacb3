/**
 * Makes what a release consists of, in dist/release: the program for each kind of machine, the manifests in three sizes, a
 * list of what is in it (CycloneDX), licences, and the hash of each file.
 *
 *   bun .ci/release.ts                      needs a clean checkout with node_modules, and npm for the runtimes
 *   bun .ci/release.ts --verify             makes the programs a second time in another folder, and holds the bytes together
 *   bun .ci/release.ts --target linux-x64   for this kind of machine alone; may be repeated
 *
 * The date of everything is that of the commit. Whatever cannot be had is named, and then there is no release. The programs
 * have no Helm and Kustomize inside.
 */
import { createHash } from "node:crypto";
import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { version } from "../package.json";
import { installedDefinitions, installObjects } from "../src/core/install/install-objects.ts";
import { printYaml } from "../src/lib/yaml.ts";
import { planOf } from "./deploy-files.ts";
import { fetchRuntime, runtimePackage, TARGETS, type Target } from "./runtimes.ts";
import { bill, goBuildOf, type Lock, packagesOf } from "./sbom.ts";

const root = join(import.meta.dir, "..");
const out = join(root, "dist", "release");
const { values } = parseArgs({
  options: {
    target: { type: "string", multiple: true, default: [] },
    verify: { type: "boolean", default: false },
  },
});
const targets = TARGETS.filter((target) => values.target.length === 0 || values.target.includes(target));
const unknown = values.target.filter((target) => !(TARGETS as readonly string[]).includes(target));
if (unknown.length > 0) throw new Error(`there is no target ${unknown.join(", ")}: ${TARGETS.join(", ")}`);

const lock: Lock = await Bun.file(join(root, "package-lock.json")).json();
const changed = await said("git", "status", "--porcelain");
if (changed !== "") throw new Error(`a release is a commit, and this is none:\n${changed}`);
// Its compiler writes a part of each program.
const wanted = lock.packages["node_modules/bun"]?.version;
if (Bun.version !== wanted)
  throw new Error(`this is Bun ${Bun.version}, and the lock names ${wanted}: npm ci`);
const epoch = (await said("git", "log", "-1", "--format=%ct")).trim();
const scratch = await mkdtemp(join(tmpdir(), "holdfast-release-"));
try {
  await release();
} finally {
  await rm(scratch, { recursive: true, force: true });
}

async function release(): Promise<void> {
  const runtimes = await runtimesFor(targets);
  await rm(out, { recursive: true, force: true });
  await mkdir(out, { recursive: true });
  const files = [];
  for (const [target, runtime] of runtimes) {
    await build(root, target, runtime, join(out, nameOf(target)));
    files.push(nameOf(target));
  }
  if (values.verify) await makeAgain(runtimes);
  files.push(...(await writeManifests()), "sbom.cdx.json", "NOTICE.txt");
  await Bun.write(join(out, "sbom.cdx.json"), `${JSON.stringify(await billOf(targets), undefined, 2)}\n`);
  const lines = await Promise.all(
    files.sort().map(async (file) => `${await hashOf(join(out, file))}  ${file}\n`),
  );
  await Bun.write(join(out, "SHA256SUMS"), lines.join(""));
  console.log(lines.join(""));
}

function nameOf(target: Target): string {
  return `holdfast-${version}-${target}`;
}

/** @throws {Error} that names each one that is not to be had */
async function runtimesFor(all: readonly Target[]): Promise<Map<Target, string>> {
  const runtimes = new Map<Target, string>();
  const missing: string[] = [];
  for (const target of all)
    try {
      runtimes.set(target, await fetchRuntime(target, lock, scratch));
    } catch (cause) {
      missing.push(`${target}: ${cause instanceof Error ? cause.message : cause}`);
    }
  if (missing.length > 0) throw new Error(`no release, since a runtime is missing:\n${missing.join("\n")}`);
  return runtimes;
}

/** @param tree where the commit is checked out @param more environment */
async function build(
  tree: string,
  target: Target,
  runtime: string,
  file: string,
  more: Record<string, string> = {},
): Promise<void> {
  const inputs = join(scratch, `${target}.inputs`);
  const flags = ["--target", target, "--outfile", file, "--runtime", runtime, "--inputs", inputs];
  const child = Bun.spawn([process.execPath, ".ci/build.ts", ...flags], {
    ...{ cwd: tree, stdout: "inherit", stderr: "inherit" },
    env: { ...process.env, SOURCE_DATE_EPOCH: epoch, ...more },
  });
  if ((await child.exited) !== 0) throw new Error(`${target} was not built`);
}

/** The same commit elsewhere, by somebody whose machine has other habits. */
async function makeAgain(runtimes: ReadonlyMap<Target, string>): Promise<void> {
  const tree = join(scratch, "another", "place");
  await said("git", "clone", "--quiet", "--shared", root, tree);
  await said("cp", "-a", join(root, "node_modules"), tree);
  const habits = { TZ: "Pacific/Kiritimati", LC_ALL: "C", HOME: scratch };
  for (const [target, runtime] of runtimes) {
    const again = join(scratch, nameOf(target));
    await build(tree, target, runtime, again, habits);
    const [one, two] = [await hashOf(join(out, nameOf(target))), await hashOf(again)];
    if (one !== two) throw new Error(`two builds of one commit for ${target} differ: ${one} and ${two}`);
    console.log(`${target}: twice the same, ${one}`);
    await rm(again);
  }
}

async function writeManifests(): Promise<string[]> {
  const files = [];
  for (const rights of ["all", "namespaces", "read"] as const) {
    const file = `install-${rights}.yaml`;
    const objects = [...installedDefinitions(), ...installObjects(planOf(rights))];
    await Bun.write(join(out, file), objects.map((object) => printYaml(object)).join("---\n"));
    files.push(file);
  }
  return files;
}

/** Of the programs that were built: their packages and runtimes, and what is in the Go programs of those for Linux. */
async function billOf(all: readonly Target[]): Promise<Record<string, unknown>> {
  const packages = new Set(all.map(runtimePackage));
  const go = [];
  for (const target of all) {
    const inputs = (await Bun.file(join(scratch, `${target}.inputs`)).text()).split("\n");
    for (const path of packagesOf(inputs)) packages.add(path);
    for (const input of inputs.filter((path) => /-linux-\w+\.zst$/.test(path)))
      go.push(goBuildOf(await Bun.zstdDecompress(await Bun.file(join(root, input)).bytes())));
  }
  return bill(lock, { version, epoch: Number(epoch), packages, go });
}

async function said(...argv: string[]): Promise<string> {
  const child = Bun.spawn(argv, { cwd: root, stdout: "pipe", stderr: "inherit", env: process.env });
  const text = await new Response(child.stdout).text();
  if ((await child.exited) !== 0) throw new Error(`${argv.join(" ")} ended with ${child.exitCode}`);
  return text;
}

async function hashOf(file: string): Promise<string> {
  return createHash("sha256")
    .update(await Bun.file(file).bytes())
    .digest("hex");
}
