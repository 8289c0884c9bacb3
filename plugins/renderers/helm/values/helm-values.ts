/** What a chart is given as values, and where each comes from. Runs nothing, and opens nothing that is encrypted. */
import type { SourceValue, SourceValues, ValueLayer } from "../../../../src/core/model/source-values.ts";
import { MOST_VALUES } from "../../../../src/core/model/source-values.ts";
import { inSlices } from "../../../../src/lib/in-steps.ts";
import { isMapping } from "../../../../src/lib/is-mapping.ts";
import { below } from "../../../../src/lib/resolve-inside.ts";
import { substituteEnv } from "../../../../src/lib/substitute-env.ts";
import { withoutUserinfo } from "../../../../src/lib/url-userinfo.ts";
import { linesInSteps, parseYamlInSteps } from "../../../../src/lib/yaml.ts";
import type { RenderRequest, ValuesContext } from "../../../../src/plugin/contract.ts";
import { escapeCommas, escapePath } from "../arguments.ts";
import { findValueFiles, isOfSource, type NamedFile, nameFile, treeOf } from "../value-files.ts";
import { layOver, layUnder, leavesOf } from "./merge.ts";
import {
  asText,
  asTyped,
  BadParameter,
  HIDDEN,
  parameterRoom,
  type ReadValue,
  setParameter,
} from "./set-parameter.ts";
import { findSubcharts, laySubcharts, unreadCharts } from "./subcharts.ts";
import { emptyMap, nodeOf, type ValueMap } from "./tree.ts";

/** @throws {Failure} as a render would, where a file is missing or its path is refused */
export async function helmValues(request: RenderRequest, context: ValuesContext): Promise<SourceValues> {
  const { tree, path, source } = request;
  const helm = source.helm ?? {};
  const layers: ValueLayer[] = [];
  const add = (layer: ValueLayer): number => layers.push(layer) - 1;
  const given = emptyMap();

  const charts = await findSubcharts(tree, path, context, {
    layer: add,
    read: async (content, layer) => (await valuesIn(content, layer, "plain")).map,
  });
  const own = below(path, "values.yaml");
  const isThere = (await tree.entry(own)) !== undefined;
  const chart = add({ is: "chart", path: own, state: isThere ? "read" : "absent" });
  const defaults = isThere ? (await valuesIn(await tree.read(own), chart, "plain")).map : emptyMap();

  const found = await findValueFiles(request);
  for (const file of found.files) {
    const at = layers.length;
    const { content, layer } = await readFileOf(request, file, context);
    const isSealed = context.isEncrypted(isOfSource(file) ? file.path : file.url, content);
    const { map, is } = await valuesIn(content, at, isSealed ? "sealed" : "plain");
    add({ ...layer, state: is === "closed" ? "closed" : isSealed ? "encrypted" : "read" });
    layOver(given, map);
  }
  for (const { ref, path: absent } of found.absent) add({ is: "file", ref, path: absent, state: "absent" });

  if (helm.valuesObject !== undefined && helm.valuesObject !== null) {
    const node = nodeOf(helm.valuesObject, add({ is: "valuesObject", state: "read" }), undefined);
    if (node.is === "map") layOver(given, node);
  } else if ((helm.values ?? "") !== "") {
    const at = layers.length;
    const { map, is } = await valuesIn(new TextEncoder().encode(helm.values), at, "plain");
    add({ is: "values", state: is });
    layOver(given, map);
  }

  const room = parameterRoom();
  const set = (text: string, read: ReadValue, layer: number, name: string): void => {
    try {
      setParameter(given, text, read, { layer, name }, room);
    } catch (cause) {
      // Helm refuses it too, in the render, with its own words.
      if (!(cause instanceof BadParameter)) throw cause;
      layers[layer] = { ...(layers[layer] as ValueLayer), state: "closed" };
    }
  };
  // The last parameter of a name counts; texts come after all others.
  const parameters = [...new Map((helm.parameters ?? []).map((one) => [one.name, one])).values()];
  if (parameters.length > 0) {
    const layer = add({ is: "parameter", state: "read" });
    const isText = ({ forceString }: (typeof parameters)[number]): boolean => forceString === true;
    for (const one of [...parameters.filter((each) => !isText(each)), ...parameters.filter(isText)])
      set(
        `${one.name}=${escapeCommas(substituteEnv(one.value ?? "", request.env))}`,
        isText(one) ? asText : asTyped,
        layer,
        one.name,
      );
  }
  if ((helm.fileParameters ?? []).length > 0) {
    const layer = add({ is: "fileParameter", state: "read" });
    for (const { name, path: written } of helm.fileParameters ?? []) {
      const file = nameFile(request, written, "helm.fileParameters");
      const { content } = await readFileOf(request, file, context);
      const isSealed = context.isEncrypted(isOfSource(file) ? file.path : file.url, content);
      const text = new TextDecoder().decode(content);
      set(`${name}=${escapePath("file")}`, () => (isSealed ? HIDDEN : text), layer, name);
    }
  }

  const deleted = [
    ...layUnder(given, defaults, new Set(charts.map(({ name }) => name))),
    ...laySubcharts(given, charts),
  ];
  const values: SourceValue[] = [];
  let total = 0;
  for (const value of [...leavesOf(given), ...deleted]) {
    total++;
    if (values.length < MOST_VALUES) values.push(value);
  }
  return { layers, values, total, charts: unreadCharts(charts) };
}

/** All documents of a text, the later ones over the earlier ones. `closed`: it holds no values that can be read. */
async function valuesIn(
  content: Uint8Array,
  layer: number,
  sealed: "plain" | "sealed",
): Promise<{ map: ValueMap; is: "read" | "closed" }> {
  const { documents, problems } = await inSlices(parseYamlInSteps(content, { duplicateKeys: "keep-last" }));
  const map = emptyMap({ layer });
  let is: "read" | "closed" = problems.some(({ severity }) => severity === "error") ? "closed" : "read";
  for (const document of documents) {
    if (document.value === null) continue;
    if (!isMapping(document.value)) {
      is = "closed";
      continue;
    }
    const { sops: _, ...rest } = document.value;
    const node = nodeOf(
      sealed === "sealed" ? rest : document.value,
      layer,
      await inSlices(linesInSteps(document)),
      sealed,
    );
    if (node.is === "map") layOver(map, node);
  }
  return { map, is };
}

async function readFileOf(
  request: RenderRequest,
  file: NamedFile,
  context: ValuesContext,
): Promise<{
  content: Uint8Array;
  layer: { is: "url"; url: string } | { is: "file"; ref: string; path: string };
}> {
  if (!isOfSource(file))
    return {
      content: (await context.fetchFile(file.url, { by: "spec.source.helm" })).content,
      layer: { is: "url", url: withoutUserinfo(file.url) },
    };
  const { ref, path } = file;
  return { content: await treeOf(request, ref).read(path), layer: { is: "file", ref, path } };
}
