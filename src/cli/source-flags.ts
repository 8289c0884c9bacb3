/** What flags of `app set`, and of `argocd app create`, `set` and `unset`, make of a source. Pure. */
import type { ApplicationSpec, HelmSource, KustomizeSource, Source } from "../core/model/application.ts";
import { sourceKind } from "../core/model/source.ts";
import { defined } from "../lib/defined.ts";
import { equalJson } from "../lib/equal-json.ts";
import { CliError } from "./cli-error.ts";
import { EXIT } from "./exit-codes.ts";

/** As commander names them. Lists are of flags that may be repeated. */
export interface SourceFlags {
  repo?: string;
  path?: string;
  revision?: string;
  helmChart?: string;
  ref?: string;
  sourceName?: string;
  values?: string[];
  valuesLiteral?: string;
  parameter?: string[];
  helmSet?: string[];
  helmSetString?: string[];
  helmSetFile?: string[];
  releaseName?: string;
  helmVersion?: string;
  helmPassCredentials?: boolean;
  helmSkipCrds?: boolean;
  helmSkipTests?: boolean;
  helmSkipSchemaValidation?: boolean;
  helmNamespace?: string;
  helmKubeVersion?: string;
  helmApiVersions?: string[];
  ignoreMissingValueFiles?: boolean;
  kustomizeImage?: string[];
  kustomizeReplica?: string[];
  kustomizeVersion?: string;
  kustomizeNamespace?: string;
  kustomizeCommonLabel?: string[];
  kustomizeCommonAnnotation?: string[];
  kustomizeForceCommonLabel?: boolean;
  kustomizeForceCommonAnnotation?: boolean;
  kustomizeLabelWithoutSelector?: boolean;
  nameprefix?: string;
  namesuffix?: string;
  directoryRecurse?: boolean;
  directoryExclude?: string;
  directoryInclude?: string;
  jsonnetTlaStr?: string[];
  jsonnetTlaCode?: string[];
  jsonnetExtVarStr?: string[];
  jsonnetExtVarCode?: string[];
  jsonnetLibs?: string[];
  configManagementPlugin?: string;
  pluginEnv?: string[];
}

/** @param type what the source was found to be, for flags that mean different things: `Helm`, `Kustomize` … */
export function changedSource(source: Source, flags: SourceFlags, type?: string): Source {
  const { repo, path, revision, helmChart, ref, sourceName } = flags;
  const next: Source = {
    ...source,
    ...defined({ repoURL: repo, path, targetRevision: revision, chart: helmChart, ref, name: sourceName }),
  };
  const parameters = flags.parameter ?? [];
  if (parameters.length > 0) {
    const isHelm =
      next.helm !== undefined || type === "Helm" || sourceKind(next) === "helm-chart" || hasHelmFlags(flags);
    if (!isHelm)
      throw new CliError(EXIT.usage, "Parameters can be set of Helm applications only.", [
        "This source is no chart: a Kustomize image is set with --kustomize-image.",
      ]);
  }
  const helm = changedHelm(next.helm, flags, parameters);
  const kustomize = changedKustomize(next.kustomize, flags);
  const directory = changedDirectory(next.directory, flags);
  const plugin = changedPlugin(next.plugin, flags);
  return { ...next, ...defined({ helm, kustomize, directory, plugin }) };
}

function hasHelmFlags(flags: SourceFlags): boolean {
  return [flags.values, flags.valuesLiteral, flags.helmSet, flags.helmSetString, flags.releaseName].some(
    (value) => value !== undefined,
  );
}

function changedHelm(
  helm: HelmSource | undefined,
  flags: SourceFlags,
  parameters: readonly string[],
): HelmSource | undefined {
  const set = [
    ...parameters.map((text) => parameter(text, "-p")),
    ...(flags.helmSet ?? []).flatMap(byCommas).map((text) => parameter(text, "--helm-set")),
    ...(flags.helmSetString ?? [])
      .flatMap(byCommas)
      .map((text) => ({ ...parameter(text, "--helm-set-string"), forceString: true })),
  ];
  const files = (flags.helmSetFile ?? []).flatMap(byCommas).map((text) => {
    const { name, value } = parameter(text, "--helm-set-file");
    return { name, path: value };
  });
  const changes = defined({
    valueFiles: flags.values,
    values: flags.valuesLiteral,
    releaseName: flags.releaseName,
    version: flags.helmVersion,
    passCredentials: flags.helmPassCredentials,
    skipCrds: flags.helmSkipCrds,
    skipTests: flags.helmSkipTests,
    skipSchemaValidation: flags.helmSkipSchemaValidation,
    namespace: flags.helmNamespace,
    kubeVersion: flags.helmKubeVersion,
    apiVersions: flags.helmApiVersions,
    ignoreMissingValueFiles: flags.ignoreMissingValueFiles,
    parameters: set.length === 0 ? undefined : set.reduce(withNamed, helm?.parameters ?? []),
    fileParameters: files.length === 0 ? undefined : files.reduce(withNamed, helm?.fileParameters ?? []),
  });
  if (Object.keys(changes).length === 0) return helm;
  const { valuesObject: _, ...rest } = helm ?? {};
  // An object of values would win over the text.
  return { ...(flags.valuesLiteral === undefined ? helm : rest), ...changes };
}

function changedKustomize(
  kustomize: KustomizeSource | undefined,
  flags: SourceFlags,
): KustomizeSource | undefined {
  const replicas = (flags.kustomizeReplica ?? []).map((text) => {
    const { name, value } = parameter(text, "--kustomize-replica");
    if (!/^\d+$/.test(value))
      throw new CliError(EXIT.usage, `--kustomize-replica ${text}: write name=count.`);
    return { name, count: Number(value) };
  });
  const changes = defined({
    images: flags.kustomizeImage?.reduce(withImage, kustomize?.images ?? []),
    replicas: replicas.length === 0 ? undefined : replicas.reduce(withNamed, kustomize?.replicas ?? []),
    version: flags.kustomizeVersion,
    namespace: flags.kustomizeNamespace,
    namePrefix: flags.nameprefix,
    nameSuffix: flags.namesuffix,
    forceCommonLabels: flags.kustomizeForceCommonLabel,
    forceCommonAnnotations: flags.kustomizeForceCommonAnnotation,
    labelWithoutSelector: flags.kustomizeLabelWithoutSelector,
    commonLabels: pairs(flags.kustomizeCommonLabel, "--kustomize-common-label"),
    commonAnnotations: pairs(flags.kustomizeCommonAnnotation, "--kustomize-common-annotation"),
  });
  return Object.keys(changes).length === 0 ? kustomize : { ...kustomize, ...changes };
}

function changedDirectory(directory: Source["directory"], flags: SourceFlags): Source["directory"] {
  const variables = (list: string[] | undefined, flag: string, code: boolean) =>
    (list ?? []).map((text) => ({ ...parameter(text, flag), ...(code ? { code: true } : {}) }));
  const tlas = [
    ...variables(flags.jsonnetTlaStr, "--jsonnet-tla-str", false),
    ...variables(flags.jsonnetTlaCode, "--jsonnet-tla-code", true),
  ];
  const extVars = [
    ...variables(flags.jsonnetExtVarStr, "--jsonnet-ext-var-str", false),
    ...variables(flags.jsonnetExtVarCode, "--jsonnet-ext-var-code", true),
  ];
  const jsonnet = defined({
    tlas: tlas.length === 0 ? undefined : tlas,
    extVars: extVars.length === 0 ? undefined : extVars,
    libs: flags.jsonnetLibs,
  });
  const changes = defined({
    recurse: flags.directoryRecurse,
    exclude: flags.directoryExclude,
    include: flags.directoryInclude,
    jsonnet: Object.keys(jsonnet).length === 0 ? undefined : { ...directory?.jsonnet, ...jsonnet },
  });
  return Object.keys(changes).length === 0 ? directory : { ...directory, ...changes };
}

function changedPlugin(plugin: Source["plugin"], flags: SourceFlags): Source["plugin"] {
  const env = (flags.pluginEnv ?? []).map((text) => parameter(text, "--plugin-env"));
  const changes = defined({
    name: flags.configManagementPlugin,
    env: env.length === 0 ? undefined : env.reduce(withNamed, plugin?.env ?? []),
  });
  return Object.keys(changes).length === 0 ? plugin : { ...plugin, ...changes };
}

/** `name=value`; the value may be empty. */
function parameter(text: string, flag: string): { name: string; value: string } {
  const at = text.indexOf("=");
  if (at < 1) throw new CliError(EXIT.usage, `${flag} ${text}: write name=value.`);
  return { name: text.slice(0, at), value: text.slice(at + 1) };
}

/** Helm's own `--set a=1,b=2`; a comma behind a backslash, or in braces, is part of the value. */
function byCommas(text: string): string[] {
  const parts: string[] = [];
  let part = "";
  let depth = 0;
  for (let at = 0; at < text.length; at++) {
    const sign = text[at] ?? "";
    if (sign === "\\") part += sign + (text[++at] ?? "");
    else if (sign === "," && depth === 0) {
      parts.push(part);
      part = "";
    } else {
      if (sign === "{") depth += 1;
      if (sign === "}") depth -= 1;
      part += sign;
    }
  }
  return [...parts, part].filter((one) => one !== "");
}

function withNamed<T extends { name: string }>(list: T[], entry: T): T[] {
  return list.some(({ name }) => name === entry.name)
    ? list.map((one) => (one.name === entry.name ? entry : one))
    : [...list, entry];
}

/** An image in place of the one of the same name: `name=new:tag`, `name:tag`, `name@digest`. */
function withImage(images: string[], image: string): string[] {
  const name = imageName(image);
  return images.some((one) => imageName(one) === name)
    ? images.map((one) => (imageName(one) === name ? image : one))
    : [...images, image];
}

export function imageName(image: string): string {
  const [left = ""] = image.split("=", 1);
  const [plain = ""] = left.split("@", 1);
  // A port of a registry is no tag.
  return plain.replace(/:[^:/]*$/, "");
}

function pairs(list: string[] | undefined, flag: string): Record<string, string> | undefined {
  if (list === undefined) return undefined;
  return Object.fromEntries(
    list
      .flatMap((text) => text.split(","))
      .map((text) => {
        const { name, value } = parameter(text, flag);
        return [name, value];
      }),
  );
}

/**
 * The spec with one of its sources changed.
 * @param position from 1; needed where there are several
 */
export function withSource(
  spec: ApplicationSpec,
  position: number | undefined,
  change: (source: Source) => Source,
): ApplicationSpec {
  const { source, sources = [] } = spec;
  if (sources.length === 0) {
    if ((position ?? 1) !== 1)
      throw new CliError(EXIT.usage, `There is no source ${position}.`, ["It has one source."]);
    const before = source ?? { repoURL: "" };
    const after = change(before);
    return after === before ? spec : { ...spec, source: after };
  }
  if (position === undefined || position < 1 || position > sources.length) {
    // What changes nothing needs no position.
    const [first] = sources;
    if (position === undefined && first !== undefined && equalJson(change(first), first)) return spec;
    throw new CliError(EXIT.usage, "Which of its sources is meant?", [
      `Give --source-position, 1 to ${sources.length}, or --source-name.`,
    ]);
  }
  return { ...spec, sources: sources.map((one, at) => (at === position - 1 ? change(one) : one)) };
}
