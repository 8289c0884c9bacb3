/** What can be set of a chart, without running Helm. */
import { findValueFiles, isOfSource, nameFile, treeOf } from "../../../plugins/renderers/helm/value-files.ts";
import { Failure } from "../../core/model/failure.ts";
import type { SourceDetails } from "../../core/ports/repository-contents.ts";
import type { SourceTree } from "../../core/ports/source-tree.ts";
import { isMapping } from "../../lib/is-mapping.ts";
import { below } from "../../lib/resolve-inside.ts";
import { parseYaml } from "../../lib/yaml.ts";
import type { RenderRequest } from "../../plugin/contract.ts";

/** Told of one chart: beyond that nobody looks through them. */
const MOST_PARAMETERS = 20_000;

/**
 * @param request the source, with its overrides
 * @throws {Failure} git-path, path-outside-source, manifest for values that cannot be read
 */
export async function chartDetails(
  request: RenderRequest,
): Promise<{ helm: NonNullable<SourceDetails["helm"]>; warnings: string[] }> {
  const { tree, path, source } = request;
  const own = (await textAt(tree, below(path, "values.yaml"))) ?? "";
  const chart = mappingIn((await textAt(tree, below(path, "Chart.yaml"))) ?? "", "Chart.yaml");
  const flat = new Map<string, string>();
  const take = (text: string, file: string): void => flatten(flat, "", mappingIn(text, file));
  take(own, below(path, "values.yaml"));
  const warnings: string[] = [];
  for (const file of (await findValueFiles(request)).files)
    if (isOfSource(file))
      take(new TextDecoder().decode(await treeOf(request, file.ref).read(file.path)), file.path);
    else warnings.push(`${file.url} is not read here: its values are not among the parameters`);
  if (source.helm?.valuesObject !== undefined) flatten(flat, "", source.helm.valuesObject);
  else if (source.helm?.values !== undefined) take(source.helm.values, "helm.values");
  for (const { name, value = "" } of source.helm?.parameters ?? []) flat.set(name, value);
  if (flat.size > MOST_PARAMETERS)
    throw new Failure("refused", path || source.chart || "the chart", "after-edit", {
      cannot: "tell its parameters",
      why: `it has more than ${MOST_PARAMETERS}`,
      fix: "Look into its values.yaml",
    });
  const entries = await tree.list(path);
  return {
    helm: {
      name: typeof chart["name"] === "string" ? chart["name"] : "",
      // Source: Argo CD.
      valueFiles: entries
        .filter(({ name, kind }) => kind === "file" && /values.*\.ya?ml$/i.test(name))
        .map(({ name }) => name)
        .sort(),
      values: own,
      parameters: [...flat]
        .map(([name, value]) => ({ name, value }))
        .sort((a, b) => (a.name < b.name ? -1 : 1)),
      fileParameters: (source.helm?.fileParameters ?? []).map(({ name, path: file }) => {
        // What leads outside is refused, as when it is rendered.
        nameFile(request, file, "helm.fileParameters");
        return { name, path: file };
      }),
    },
    warnings,
  };
}

/** undefined where there is none. */
async function textAt(tree: SourceTree, path: string): Promise<string | undefined> {
  if ((await tree.entry(path)) === undefined) return undefined;
  return new TextDecoder().decode(await tree.read(path));
}

/** @throws {Failure} manifest */
function mappingIn(text: string, file: string): Record<string, unknown> {
  const { documents, problems } = parseYaml(text, { file, duplicateKeys: "keep-last" });
  const error = problems.find(({ severity }) => severity === "error");
  if (error !== undefined)
    throw new Failure("manifest", `${file}:${error.line}`, "after-edit", {
      cannot: "read its values",
      why: error.text,
      fix: "Correct the file",
    });
  const value = documents[0]?.value;
  return isMapping(value) ? value : {};
}

/** `image.tag`, `hosts[0]`, as `--set` takes them. What is empty has no name to set it by. */
function flatten(into: Map<string, string>, name: string, value: unknown): void {
  if (into.size > MOST_PARAMETERS) return;
  if (Array.isArray(value)) {
    for (const [at, item] of value.entries()) flatten(into, `${name}[${at}]`, item);
  } else if (isMapping(value)) {
    for (const [key, item] of Object.entries(value)) {
      const escaped = key.replaceAll(".", "\\.");
      flatten(into, name === "" ? escaped : `${name}.${escaped}`, item);
    }
  } else if (name !== "" && value !== null && value !== undefined) into.set(name, String(value));
}
