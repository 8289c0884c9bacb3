/** Flags that several commands of `argocd app` have. */
import { type Command, Option } from "commander";
import { durationTextFlag, repeated, wholeNumberFlag } from "../../parse-flags.ts";

export const APP = "name, or namespace/name";

export function named(command: Command): Command {
  return command.option("-N, --app-namespace <namespace>", "of the application");
}

/** Each value by itself, or several with commas. */
export function listFlag(text: string, before: string[] | undefined): string[] {
  return [...(before ?? []), ...text.split(",").filter((part) => part !== "")];
}

export function refreshing(command: Command): Command {
  return command
    .option("--refresh", "look at Git and the cluster first")
    .option("--hard-refresh", "and render anew");
}

/** A switch that can be turned off too: absent says nothing. */
function either(command: Command, flag: string, text: string): Command {
  return command.option(`--${flag}`, text).addOption(new Option(`--no-${flag}`, `not: ${text}`).hideHelp());
}

export function withSpecFlags(command: Command): Command {
  command
    .option("--project <name>", "its project")
    .option("--repo <url>", "repository")
    .option("--path <path>", "folder in it")
    .option("--revision <revision>", "branch, tag, commit, or a chart's version")
    .option("--dest-server <url>", "cluster by its address")
    .option("--dest-name <name>", "cluster by its name")
    .option("--dest-namespace <namespace>", "namespace for objects that name none")
    .option("--helm-chart <name>", "chart of a chart repository")
    .option("--ref <name>", "by which other sources mean this one")
    .addOption(
      new Option("--sync-policy <policy>", "automated syncs by itself").choices([
        "automated",
        "auto",
        "automatic",
        "none",
        "manual",
      ]),
    )
    .option("--sync-option <option>", "Name=value; !Name=value takes it out; may be repeated", repeated)
    .option("--sync-retry-limit <count>", "tries of a sync after the first", wholeNumberFlag)
    .option("--sync-retry-backoff-duration <duration>", "pause before the first of them", durationTextFlag)
    .option("--sync-retry-backoff-max-duration <duration>", "longest pause", durationTextFlag)
    .option("--sync-retry-backoff-factor <factor>", "how the pause grows", wholeNumberFlag)
    .option("--revision-history-limit <count>", "deployments that are kept", wholeNumberFlag)
    .option("-p, --parameter <name=value>", "parameter of a chart; may be repeated", repeated)
    .option("--values <file>", "value file of a chart; may be repeated", repeated)
    .option("--values-literal-file <file>", "values of a chart, from a file here")
    .option("--helm-set <name=value>", "as -p, several with commas", repeated)
    .option("--helm-set-string <name=value>", "the same, as a text", repeated)
    .option("--helm-set-file <name=path>", "the same, from a file of the repository", repeated)
    .option("--release-name <name>", "of Helm")
    .option("--helm-version <version>", "of Helm")
    .option("--helm-namespace <namespace>", "that Helm is told")
    .option("--helm-kube-version <version>", "that Helm is told")
    .option("--helm-api-versions <version>", "that Helm is told; may be repeated", listFlag)
    .option("--kustomize-image <image>", "name=new:tag; may be repeated", repeated)
    .option("--kustomize-replica <name=count>", "may be repeated", repeated)
    .option("--kustomize-version <version>", "of Kustomize")
    .option("--kustomize-namespace <namespace>", "that Kustomize sets")
    .option("--kustomize-common-label <name=value>", "may be repeated", repeated)
    .option("--kustomize-common-annotation <name=value>", "may be repeated", repeated)
    .option("--nameprefix <text>", "of Kustomize")
    .option("--namesuffix <text>", "of Kustomize")
    .option("--directory-exclude <glob>", "files of a plain folder that do not count")
    .option("--directory-include <glob>", "files of a plain folder that count alone")
    .option("--jsonnet-tla-str <name=value>", "argument of Jsonnet; may be repeated", repeated)
    .option("--jsonnet-tla-code <name=code>", "the same, as code", repeated)
    .option("--jsonnet-ext-var-str <name=value>", "variable of Jsonnet; may be repeated", repeated)
    .option("--jsonnet-ext-var-code <name=code>", "the same, as code", repeated)
    .option("--jsonnet-libs <folder>", "in which imports are looked for; may be repeated", listFlag)
    .option("--config-management-plugin <name>", "what renders it")
    .option("--plugin-env <name=value>", "may be repeated", repeated)
    .option("--source-position <number>", "which of several sources; 1 is the first", wholeNumberFlag);
  for (const [flag, text] of SWITCHES) either(command, flag, text);
  return command;
}

const SWITCHES: readonly (readonly [string, string])[] = [
  ["auto-prune", "with automated: delete what left Git"],
  ["self-heal", "with automated: undo changes in the cluster"],
  ["allow-empty", "with automated: also where nothing is left in Git"],
  ["directory-recurse", "a plain folder with all below it"],
  ["helm-pass-credentials", "to every address of a chart"],
  ["helm-skip-crds", "leave out definitions of a chart"],
  ["helm-skip-tests", "leave out tests of a chart"],
  ["helm-skip-schema-validation", "take any values"],
  ["ignore-missing-value-files", "pass over value files that are not there"],
  ["kustomize-force-common-label", "over labels that are there"],
  ["kustomize-force-common-annotation", "over annotations that are there"],
  ["kustomize-label-without-selector", "labels do not go into selectors"],
];
