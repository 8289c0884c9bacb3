import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { Failure } from "../../../src/core/model/failure.ts";
import { below } from "../../../src/lib/resolve-inside.ts";
import { namesIn } from "../../../src/lib/substitute-env.ts";
import { printYaml } from "../../../src/lib/yaml.ts";
import {
  defineRenderer,
  type InputsContext,
  type RenderContext,
  type RenderRequest,
  type ToolName,
} from "../../../src/plugin/contract.ts";
import { helmWords, templateArguments } from "./arguments.ts";
import { asksForCapabilities, fileAsks, mayMentionCapabilities } from "./capabilities.ts";
import { checkPackage, checkSchemas } from "./check-schemas.ts";
import { type FetchedDependency, fetchDependencies, findDependencies } from "./dependencies.ts";
import { placeDependencies } from "./place-dependencies.ts";
import { refusedArgument } from "./refused-argument.ts";
import { bringFiles, fetchedInputs, placeFiles, type RemoteFiles } from "./remote-files.ts";
import { secretsOf } from "./secrets-of.ts";
import { splitOutput } from "./split-output.ts";
import { findValueFiles, inputOf, isOfSource, type NamedFile, nameFile, treeOf } from "./value-files.ts";
import { helmValues } from "./values/helm-values.ts";

/** A Helm chart in a repository, rendered by `helm template`, version 3 or 4. */
export default defineRenderer({
  name: "helm",
  sourceType: "Helm",
  async claims({ source, path, tree }) {
    if ((source.helm !== undefined && source.helm !== null) || (source.chart ?? "") !== "")
      return "asked-for";
    return (await tree.entry(below(path, "Chart.yaml"))) === undefined ? "no" : "detected";
  },
  async inputs(request, context) {
    refuse(request);
    const { tree, path } = request;
    const tool = await context.tool(toolOf(request));
    const dependencies = await findDependencies(tree, path);
    const fetched = await fetchDependencies(dependencies, context);
    const values = await findValueFiles(request);
    const files = [...values.files, ...fileParameters(request)];
    const remote = await bringFiles(files, context);
    const charts = [path, ...dependencies.local.map(({ from }) => from)];
    if (request.source.helm?.skipSchemaValidation !== true) {
      for (const chart of charts) await checkSchemas(tree, chart, context.remember);
      for (const { at, digest, archive } of fetched)
        await context.remember(`schemas ${digest}`, async () => checkPackage(at, archive));
    }
    return {
      paths: [
        ...charts.map((chart) => ({ path: chart })),
        ...[...files.filter(isOfSource), ...values.absent].map(inputOf),
      ],
      looked: values.looked,
      fetched: [...fetched, ...fetchedInputs(remote)],
      env: envNames(request),
      capabilities: (await usesCapabilities(request, context, { charts, files, remote, fetched }))
        ? "used"
        : "unused",
      tool,
    };
  },
  values: helmValues,
  async render(request, context) {
    const root = await context.export();
    await placeDependencies(root, (await findDependencies(request.tree, request.path)).local);
    const { files } = await findValueFiles(request);
    const remote = await placeFiles([...files, ...fileParameters(request)], root, context);
    const onDisk = async (file: NamedFile): Promise<string> =>
      isOfSource(file)
        ? join(file.ref === "" ? root : await context.export(file.ref), file.path)
        : (remote.get(file.url) ?? "");
    const values = await Promise.all(files.map(onDisk));
    const parameters = await Promise.all(
      (request.source.helm?.fileParameters ?? []).map(async ({ name, path }) => ({
        name,
        path: await onDisk(nameFile(request, path, "helm.fileParameters")),
      })),
    );
    const argv = templateArguments(request, {
      values: [...values, ...(await ownValues(request, context))],
      files: parameters,
    });
    return {
      documents: splitOutput(
        await context.run(toolOf(request), argv, {
          cwd: join(root, request.path),
          secrets: () => secretsOf(request, context),
        }),
        request.path,
      ),
      problems: [],
    };
  },
});

function toolOf({ source: { helm } }: RenderRequest): ToolName {
  const version = helm?.version ?? "";
  return version === "" ? "helm" : `helm@${version}`;
}

function refuse(request: RenderRequest): void {
  const invalid = (why: string, fix: string): Failure =>
    new Failure(
      "invalid-spec",
      request.path || request.source.chart || "the repository's root",
      "after-edit",
      { cannot: "render", why, fix },
    );
  const refused = refusedArgument(helmWords(request));
  if (refused !== undefined) throw invalid(refused.why, refused.fix);
}

function fileParameters(request: RenderRequest): NamedFile[] {
  return (request.source.helm?.fileParameters ?? []).map(({ path }) =>
    nameFile(request, path, "helm.fileParameters"),
  );
}

function envNames({ source: { helm }, refs }: RenderRequest): string[] {
  const parameters = (helm?.parameters ?? []).map(({ value = "" }) => value);
  const paths = [...(helm?.valueFiles ?? []), ...(helm?.fileParameters ?? []).map(({ path }) => path)];
  return [...new Set([...parameters, ...paths].flatMap(namesIn))].filter((name) => !refs.has(name));
}

/** Chart files are searched once for each content; values count too, because a template may run them through `tpl`. */
async function usesCapabilities(
  request: RenderRequest,
  context: InputsContext,
  {
    charts,
    files,
    remote,
    fetched,
  }: {
    charts: readonly string[];
    files: readonly NamedFile[];
    remote: RemoteFiles;
    fetched: readonly FetchedDependency[];
  },
): Promise<boolean> {
  const { helm } = request.source;
  if (helm?.kubeVersion && (helm.apiVersions?.length ?? 0) > 0) return false;
  if (
    [helm?.values, JSON.stringify(helm?.parameters), JSON.stringify(helm?.valuesObject)].some((text) =>
      text?.includes("Capabilities"),
    )
  )
    return true;
  for (const { content } of remote.values()) if (mayMentionCapabilities(content)) return true;
  for (const { ref, path } of files.filter(isOfSource)) {
    const tree = treeOf(request, ref);
    if ((await tree.entry(path)) !== undefined && mayMentionCapabilities(await tree.read(path))) return true;
  }
  for (const chart of charts)
    if (await asksForCapabilities(request.tree, chart, context.remember)) return true;
  for (const { at, digest, archive } of fetched)
    if (await context.remember(`capabilities ${digest}`, async () => fileAsks(at, archive))) return true;
  return false;
}

/** `valuesObject` stands in place of `values`. */
async function ownValues({ source: { helm } }: RenderRequest, { scratch }: RenderContext): Promise<string[]> {
  const text =
    helm?.valuesObject !== undefined && helm.valuesObject !== null
      ? printYaml(helm.valuesObject)
      : (helm?.values ?? "");
  if (text === "") return [];
  const path = join(scratch, "helm.values");
  await writeFile(path, text, { mode: 0o600 });
  return [path];
}
