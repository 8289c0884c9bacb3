import { below } from "../../../src/lib/resolve-inside.ts";
import { secretValues } from "../../../src/lib/secret-values.ts";
import { parseYaml } from "../../../src/lib/yaml.ts";
import type { RenderContext, RenderRequest } from "../../../src/plugin/contract.ts";
import { findValueFiles, isOfSource, type NamedFile, nameFile, treeOf } from "./value-files.ts";

/**
 * What a chart is given that is secret by its name: a template may put any of it into the sentence that it fails with,
 * and that sentence goes into conditions, events, history and logs.
 */
export async function secretsOf(
  request: RenderRequest,
  { fetchedFile }: Pick<RenderContext, "fetchedFile">,
): Promise<string[]> {
  const { helm } = request.source;
  const read = async (file: NamedFile): Promise<Uint8Array> => {
    if (!isOfSource(file)) return fetchedFile(file.url);
    const { ref, path } = file;
    const tree = treeOf(request, ref);
    return (await tree.entry(path)) === undefined ? new Uint8Array() : tree.read(path);
  };
  const files = [
    { ref: "", path: below(request.path, "values.yaml") },
    ...(await findValueFiles(request)).files,
  ];
  const texts = [helm?.values ?? "", ...(await Promise.all(files.map(read)))];
  const values = texts.flatMap((text) => parseYaml(text).documents.map(({ value }) => value));
  // The whole path of a parameter is one key here: any step of it may tell.
  const parameters = (helm?.parameters ?? []).map(({ name, value }) => ({ [name]: value }));
  const contents = (helm?.fileParameters ?? []).map(async ({ name, path }) => ({
    [name]: new TextDecoder().decode(await read(nameFile(request, path, "helm.fileParameters"))),
  }));
  return secretValues([values, helm?.valuesObject, parameters, await Promise.all(contents)]);
}
