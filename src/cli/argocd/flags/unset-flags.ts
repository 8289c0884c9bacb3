/** What flags of `argocd app unset` take out of a source. Pure. */
import type { Source } from "../../../core/model/application.ts";
import { CliError } from "../../cli-error.ts";
import { EXIT } from "../../exit-codes.ts";
import { imageName } from "../../source-flags.ts";

export interface UnsetFlags {
  parameter?: string[];
  values?: string[];
  valuesLiteral?: true;
  ignoreMissingValueFiles?: true;
  passCredentials?: true;
  nameprefix?: true;
  namesuffix?: true;
  kustomizeVersion?: true;
  kustomizeNamespace?: true;
  kustomizeImage?: string[];
  kustomizeReplica?: string[];
  pluginEnv?: string[];
  ref?: true;
}

/** @throws {CliError} usage, where nothing is named */
export function unsetSource(source: Source, flags: UnsetFlags): Source {
  if (Object.values(flags).every((value) => value === undefined))
    throw new CliError(EXIT.usage, "Nothing is to be unset.", ["See: argocd app unset --help"]);
  const next: Source = structuredClone(source);
  const drop = <T extends object>(of: T | undefined, ...fields: (keyof T)[]): void => {
    if (of !== undefined) for (const field of fields) delete of[field];
  };
  const { helm, kustomize, plugin } = next;
  if (helm !== undefined) {
    if (flags.parameter !== undefined)
      helm.parameters = (helm.parameters ?? []).filter(({ name }) => !flags.parameter?.includes(name));
    if (flags.values !== undefined)
      helm.valueFiles = (helm.valueFiles ?? []).filter((file) => !flags.values?.includes(file));
    if (flags.valuesLiteral === true) drop(helm, "values", "valuesObject");
    if (flags.ignoreMissingValueFiles === true) drop(helm, "ignoreMissingValueFiles");
    if (flags.passCredentials === true) drop(helm, "passCredentials");
  }
  if (kustomize !== undefined) {
    if (flags.nameprefix === true) drop(kustomize, "namePrefix");
    if (flags.namesuffix === true) drop(kustomize, "nameSuffix");
    if (flags.kustomizeVersion === true) drop(kustomize, "version");
    if (flags.kustomizeNamespace === true) drop(kustomize, "namespace");
    if (flags.kustomizeImage !== undefined)
      kustomize.images = (kustomize.images ?? []).filter(
        (image) => !flags.kustomizeImage?.some((one) => imageName(one) === imageName(image)),
      );
    if (flags.kustomizeReplica !== undefined)
      kustomize.replicas = (kustomize.replicas ?? []).filter(
        ({ name }) => !flags.kustomizeReplica?.includes(name),
      );
  }
  if (plugin?.env !== undefined && flags.pluginEnv !== undefined)
    plugin.env = plugin.env.filter(({ name }) => !flags.pluginEnv?.includes(name));
  if (flags.ref === true) drop(next, "ref");
  for (const block of [helm, kustomize])
    for (const [field, value] of Object.entries(block ?? {}))
      if (Array.isArray(value) && value.length === 0) delete (block as Record<string, unknown>)[field];
  for (const name of ["helm", "kustomize"] as const)
    if (next[name] !== undefined && Object.keys(next[name] ?? {}).length === 0) delete next[name];
  return next;
}
