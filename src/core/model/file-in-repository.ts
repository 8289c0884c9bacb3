/** As Helm names files of a chart: from the chart's name on, which is no folder of the repository. */
const OF_CHART = /^[^/]+\/(?=(?:templates|charts|crds)\/)/;

/**
 * A file of a source as its repository has it. Tools name one as they see it: from the source's folder, from the repository's
 * root, Helm from its chart's name.
 * @param folder of the source
 * @param said the sentence that names it
 */
export function fileInRepository(file: string, folder: string, said: string): string {
  const root = folder.replace(/^\.?\/+|\/+$/g, "");
  const below = root === "" || root === "." ? "" : `${root}/`;
  if (below !== "" && file.startsWith(below)) return file;
  if (/\bhelm says\b/.test(said) && OF_CHART.test(file)) return file.replace(OF_CHART, below);
  return file.includes("/") ? file : `${below}${file}`;
}
