import type { Secret } from "./secret.ts";

/** A config management plugin as an operator declares it: a command that prints manifests, and what it may reach. */
export interface ManagementPlugin {
  /** As sources say it; where the declaration has a version, with that behind a dash. Source: Argo CD. */
  name: string;
  /** Run before `generate`, its output dropped. */
  init?: CommandLine;
  generate: CommandLine;
  discover: Discovery;
  /** What it says of its parameters. */
  parameters: readonly AnnouncedParameter[];
  grants: PluginGrants;
}

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
