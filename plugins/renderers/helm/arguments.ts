import type { HelmSource } from "../../../src/core/model/application.ts";
import { substituteEnv } from "../../../src/lib/substitute-env.ts";
import type { RenderRequest } from "../../../src/plugin/contract.ts";

/** Commas separate parameters on helm's command line: those inside a value are escaped, unless the value is a list. Source: Argo CD. */
function escapeCommas(value: string): string {
  return value.startsWith("{") && value.endsWith("}") ? value : value.replace(/(?<!\\),/g, "\\,");
}

/** Files on this machine, in helm's order of precedence. */
export interface ArgumentFiles {
  values: readonly string[];
  /** By parameter name. */
  files: readonly { name: string; path: string }[];
}

/** The command line of `helm template`, run in the chart's folder. */
export function templateArguments(request: RenderRequest, files: ArgumentFiles): string[] {
  const helm: HelmSource = request.source.helm ?? {};
  const namespace = helm.namespace || request.namespace;
  const kubeVersion = helm.kubeVersion || request.cluster.kubeVersion;
  const apiVersions =
    helm.apiVersions !== undefined && helm.apiVersions.length > 0
      ? helm.apiVersions
      : request.cluster.apiVersions;
  // The last parameter of a name counts.
  const parameters = new Map(
    (helm.parameters ?? []).map((parameter) => [parameter.name, parameter] as const),
  );
  return [
    "template",
    ".",
    "--name-template",
    releaseName(request),
    ...(namespace === "" ? [] : ["--namespace", namespace]),
    ...(kubeVersion === "" ? [] : ["--kube-version", kubeVersion]),
    ...[...parameters.values()].flatMap(({ name, value = "", forceString }) => [
      forceString === true ? "--set-string" : "--set",
      `${name}=${escapeCommas(substituteEnv(value, request.env))}`,
    ]),
    ...files.files.flatMap(({ name, path }) => ["--set-file", `${name}=${escapeCommas(path)}`]),
    ...files.values.flatMap((path) => ["--values", path]),
    ...apiVersions.flatMap((version) => ["--api-versions", version]),
    ...(helm.skipCrds === true ? [] : ["--include-crds"]),
    ...(helm.skipTests === true ? ["--skip-tests"] : []),
    ...(helm.skipSchemaValidation === true ? ["--skip-schema-validation"] : []),
  ];
}

/** The application's name without its namespace, unless the source names the release. */
export function releaseName({ source, app }: RenderRequest): string {
  return source.helm?.releaseName || app.name;
}
