import { revisionName } from "../../core/model/source-revision.ts";
import type { ApplicationValues } from "../../core/model/source-values.ts";
import { inSlices } from "../../lib/in-steps.ts";
import { withoutUserinfo } from "../../lib/url-userinfo.ts";
import type { Snapshot } from "../snapshot.ts";
import { type TargetPorts, valuesAt } from "../target/find-target.ts";
import type { Target } from "../target/target.ts";
import { renderedTexts, toldValues } from "./told-values.ts";

/** What the tools of an application's sources are given, where it is compared now; nothing is rendered. @throws {Failure} */
export async function valuesOf(
  snapshot: Snapshot,
  target: Target,
  ports: TargetPorts,
  signal: AbortSignal = new AbortController().signal,
): Promise<ApplicationValues> {
  const { sources, values } = await valuesAt(snapshot, target, ports, signal);
  const rendered = await inSlices(renderedTexts(target.desired), { signal });
  const told: ApplicationValues["sources"][number][] = [];
  for (const [source, one] of values.entries())
    if (one !== undefined) told.push({ source, ...(await inSlices(toldValues(one, rendered), { signal })) });
  return {
    places: sources.map(({ source, revision }) => ({
      repoURL: withoutUserinfo(source.repoURL),
      revision: revisionName(revision),
      ref: source.ref ?? "",
    })),
    sources: told,
  };
}
