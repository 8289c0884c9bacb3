import { type Application, sourcesOf } from "../../core/model/application.ts";
import { type ArtifactAbout, artifactFacts, chartFacts } from "../../core/model/artifact-facts.ts";
import { Failure } from "../../core/model/failure.ts";
import { sourceKind } from "../../core/model/source.ts";
import type { Artifacts } from "../../core/ports/artifacts.ts";
import { parseYaml } from "../../lib/yaml.ts";
import { artifactReference, type Where } from "../target/locate.ts";

/**
 * What is known of an artifact that a source is, or was, at.
 * @param revision as status and history call it
 * @throws {Failure} invalid-spec where no source is an artifact; of who has it
 */
export async function artifactAbout(
  app: Application,
  revision: string,
  artifacts: Pick<Artifacts, "resolve" | "tree">,
  access: Where["access"],
): Promise<ArtifactAbout> {
  const sources = sourcesOf(app.spec).map((source, at) => ({ source, at }));
  const packed = sources.filter(({ source }) => sourceKind(source) !== "git");
  const { revision: only, revisions = [only] } = app.status?.sync ?? {};
  // The one that is at it now; what was deployed before is looked for where the first one comes from.
  const { source, at } = packed.find(({ at }) => revisions[at] === revision) ?? packed[0] ?? {};
  const reference =
    source === undefined ? undefined : artifactReference({ ...source, targetRevision: revision }, access);
  if (reference === undefined || at === undefined)
    throw new Failure("invalid-spec", `Application ${app.metadata.name}`, "after-edit", {
      cannot: "show an artifact",
      why: "its sources are in Git",
      fix: "Ask for the metadata of a commit",
    });
  const artifact = await artifacts.resolve(reference, { freshness: "known" });
  const about = { source: at, facts: artifactFacts(artifact.annotations ?? {}) };
  if (artifact.archive.holds !== "chart") return about;
  const { documents } = parseYaml(await artifacts.tree(artifact).read("Chart.yaml"), {
    duplicateKeys: "keep-last",
  });
  return { ...about, chart: chartFacts(documents[0]?.value) };
}
