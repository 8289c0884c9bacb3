import type { HelmSource } from "../../../src/core/model/application.ts";
import { substituteEnv } from "../../../src/lib/substitute-env.ts";
import type { RenderRequest } from "../../../src/plugin/contract.ts";
import type { HelmWords } from "./refused-argument.ts";

/** Commas separate parameters on helm's command line: those inside a value are escaped, unless the value is a list. Source: Argo CD. */
export function escapeCommas(value: string): string {
  return value.startsWith("{") && value.endsWith("}") ? value : value.replace(/(?<!\\),/g, "\\,");
}

/** A path as the value of a parameter: not one character of it ends it. */
export function escapePath(path: string): string {
  return path.replace(/[\\,]/g, "\\$&");
}

/** One element of a flag that takes a list: helm reads it as a line of CSV. */
function oneOfList(text: string): string {
  return /[",]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

/** Files on this machine, in helm's order of precedence. */
export interface ArgumentFiles {
  values: readonly string[];
  /** By parameter name. */
  files: readonly { name: string; path: string }[];
}

/** The command line of `helm template`, run in the chart's folder. */
export function templateArguments(request: RenderRequest, files: ArgumentFiles): string[] {
  const { helm, releaseName, namespace, kubeVersion, apiVersions } = helmWords(request);
  // The last parameter of a name counts.
  const parameters = new Map(
    (helm.parameters ?? []).map((parameter) => [parameter.name, parameter] as const),
  );
  return [
    "template",
    ".",
    "--name-template",
    releaseName,
    ...(namespace === "" ? [] : ["--namespace", namespace]),
    ...(kubeVersion === "" ? [] : ["--kube-version", kubeVersion]),
    ...[...parameters.values()].flatMap(({ name, value = "", forceString }) => [
      forceString === true ? "--set-string" : "--set",
      `${name}=${escapeCommas(substituteEnv(value, request.env))}`,
    ]),
    ...files.files.flatMap(({ name, path }) => ["--set-file", `${name}=${escapePath(path)}`]),
    ...files.values.flatMap((path) => ["--values", oneOfList(path)]),
    ...apiVersions.flatMap((version) => ["--api-versions", version]),
    ...(helm.skipCrds === true ? [] : ["--include-crds"]),
    ...(helm.skipTests === true ? ["--skip-tests"] : []),
    ...(helm.skipSchemaValidation === true ? ["--skip-schema-validation"] : []),
  ];
}

/** The source's words, or where it has none the application's and the cluster's. */
export function helmWords({ source, app, namespace, cluster }: RenderRequest): HelmWords {
  const helm: HelmSource = source.helm ?? {};
  return {
    helm,
    // The application's name without its namespace.
    releaseName: helm.releaseName || app.name,
    namespace: helm.namespace || namespace,
    kubeVersion: helm.kubeVersion || cluster.kubeVersion,
    apiVersions:
      helm.apiVersions !== undefined && helm.apiVersions.length > 0 ? helm.apiVersions : cluster.apiVersions,
  };
}
