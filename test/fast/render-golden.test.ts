/**
 * Each folder of test/golden/render is an application with its repository, and what it renders to with every set of
 * tools: Helm 3 and 4, kustomize and `kubectl kustomize`. UPDATE_GOLDEN=1 writes what the first set renders.
 */
import { afterAll, describe, expect, test } from "bun:test";
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import type { Application } from "../../src/core/model/application.ts";
import { showProblem } from "../../src/core/model/problem.ts";
import type { Rendered } from "../../src/core/ports/renderers.ts";
import { parseYaml } from "../../src/lib/yaml.ts";
import { renderOffline } from "../../src/render/offline.ts";
import { builtToolSet, CLUSTER, npmToolSets, renderHost } from "../lib/render-host.ts";

const folder = join(import.meta.dir, "../golden/render");
const cases = readdirSync(folder).sort();
const built = builtToolSet();
const toolSets = [...(await npmToolSets()), ...(built === undefined ? [] : [built])];

function refFolders(at: string): Record<string, string> {
  const names = readdirSync(at).filter((name) => name.startsWith("ref-"));
  return Object.fromEntries(names.map((name) => [name.slice("ref-".length), join(at, name)]));
}

function show({ documents, sourceTypes, problems }: Rendered): string {
  const texts = documents.flatMap(({ documents: own }, source) =>
    own.map(
      ({ file, line, text, onParseError }) =>
        `# ${sourceTypes[source]} ${file}:${line}${onParseError === "warn" ? ", may be no manifest" : ""}\n${text.trimEnd()}\n`,
    ),
  );
  return [...texts, ...problems.map((problem) => `# ${problem.severity}: ${showProblem(problem)}\n`)].join(
    "#\n",
  );
}

describe.each(toolSets)("with $name", async (tools) => {
  const host = await renderHost(tools);
  afterAll(host.remove);

  test.each(cases)("%s", async (name) => {
    const at = join(folder, name);
    const app = parseYaml(await Bun.file(join(at, "app.yaml")).bytes()).documents[0]?.value as Application;
    const rendered = await renderOffline(
      host.renderers,
      app,
      { folder: join(at, "source"), folderByRef: refFolders(at) },
      CLUSTER,
    );
    const golden = join(at, "expected.txt");
    if (process.env["UPDATE_GOLDEN"] === "1" && tools === toolSets[0])
      await Bun.write(golden, show(rendered));
    expect(existsSync(golden)).toBe(true);
    expect(show(rendered)).toBe(await Bun.file(golden).text());
  });
});
