import type { Secret } from "./secret.ts";

/** A config management plugin as an operator declares it: what makes the manifests, and what that may reach. */
export interface ManagementPlugin {
  /** As sources say it; where the declaration has a version, with that behind a dash. Source: Argo CD. */
  name: string;
  makes: Making;
  discover: Discovery;
  /** What it says of its parameters. */
  parameters: readonly AnnouncedParameter[];
  grants: PluginGrants;
  /** Where placeholders in what it makes find their values. */
  secretStore?: string;
}

/** What makes the manifests: a command, `init` run before it with its output dropped; or a renderer that is built in. */
export type Making =
  | { by: "command"; init?: CommandLine; generate: CommandLine }
  | { by: "renderer"; renderer: BuiltInMaker };

/** `detected`: by what the folder holds. */
export type BuiltInMaker = "helm" | "kustomize" | "directory" | "detected";

/** Program, and its arguments. */
export type CommandLine = readonly [string, ...string[]];

/** Which folders are the plugin's where a source names none. Globs are relative to the source's folder. */
export type Discovery =
  | { by: "nothing" }
  | { by: "file-name" | "glob"; glob: string }
  /** That prints something. */
  | { by: "command"; command: CommandLine };

export interface AnnouncedParameter {
  name: string;
  required: boolean;
}

/** All that a plugin's commands have besides the source, its environment and their own folder. */
export interface PluginGrants {
  /** Programs that it may start: names, or absolute paths. */
  tools: readonly string[];
  /** Folders all of whose programs it may start; absolute. */
  toolFolders: readonly string[];
  /** Variables of the daemon. */
  env: readonly { name: string; value: Secret }[];
  /** Files and folders of this machine that it may read; absolute. */
  mounts: readonly string[];
  /** What of the repository it sees. */
  reads: "repository" | "folder";
}
