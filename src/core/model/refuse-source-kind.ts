import { type Application, keyOfApp } from "./application.ts";
import { Failure } from "./failure.ts";
import type { Source } from "./source.ts";

/** Before anybody asks the address for Git. @throws {Failure} invalid-spec for a kind of source that is not served */
export function refuseSourceKind(source: Source, app: Application): void {
  const kind = /^oci:\/\//i.test(source.repoURL)
    ? "an OCI registry"
    : (source.chart ?? "") === ""
      ? undefined
      : "a Helm chart repository";
  if (kind === undefined) return;
  throw new Failure("invalid-spec", `Application ${keyOfApp(app)}`, "after-edit", {
    cannot: "read its source",
    why: `${source.repoURL} is ${kind}, which is not served yet`,
    fix: "Put the chart into a Git repository and name its folder in spec.source.path",
  });
}
