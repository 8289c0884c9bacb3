import { join, resolve } from "node:path";
import { loadPlugins } from "../../src/plugin/load.ts";
import { rendererConformance } from "../conformance/renderer.ts";
import { builtIns, npmToolSets } from "../lib/render-host.ts";

const golden = join(import.meta.dir, "../golden/render");
const caseByRenderer: Record<string, string> = {
  raw: "raw-folder",
  helm: "helm-everything",
  kustomize: "kustomize-closure",
};
const [tools] = await npmToolSets();
if (tools === undefined) throw new Error("no tools");

const { HOLDFAST_RENDERER: place, HOLDFAST_RENDERER_CASE: caseFolder } = process.env;
if (place === undefined) {
  for (const loaded of builtIns)
    rendererConformance(loaded, {
      caseFolder: join(golden, caseByRenderer[loaded.renderer.name] ?? loaded.renderer.name),
      tools,
    });
} else {
  const { renderers, problems } = await loadPlugins({
    builtIns: [],
    version: "conformance",
    places: [resolve(place)],
  });
  if (problems.length > 0) throw new Error(problems.map(({ text }) => text).join("\n"));
  if (caseFolder === undefined)
    throw new Error("set HOLDFAST_RENDERER_CASE to a folder with app.yaml and source/");
  for (const loaded of renderers) rendererConformance(loaded, { caseFolder: resolve(caseFolder), tools });
}
