import { resolve } from "node:path";
import type {
  BuiltInMaker,
  CommandLine,
  Discovery,
  ManagementPlugin,
  PluginGrants,
} from "../core/model/management-plugin.ts";
import type { Problem } from "../core/model/problem.ts";
import { Secret } from "../core/model/secret.ts";
import { defined, filled } from "../lib/defined.ts";
import type { FieldPath } from "../lib/field-path.ts";
import { type FoundPlugin, parseManagementPlugins } from "./management-plugin-file.ts";
import { reasonOf, type Values } from "./read-settings.ts";

interface PluginReaders {
  env: Readonly<Record<string, string | undefined>>;
  /** @throws where the file cannot be read */
  readFile: (path: string) => string;
  /** Paths among tools are relative to it. */
  folder: string;
  /** Names of secret stores. */
  stores: readonly string[];
  /** The daemon's own folder, which no plugin may see. */
  data: string;
  /** Of the config file. */
  report: (path: FieldPath, text: string, fix?: string) => void;
  /** Of any file. */
  say: (problem: Problem) => void;
}

const SECTION = "configManagementPlugins";
/** Where a process finds programs, its home and its libraries is the sandbox's to say. */
const OURS = /^(?:PATH|HOME|TMPDIR|LD_.*|XDG_.*|KUBECONFIG)$/;

/** What only a command has. */
const OF_COMMANDS = ["init", "tools", "env", "mounts"];

function isSaid(value: unknown): boolean {
  return Array.isArray(value) && value.length > 0;
}

/** The plugins that the config declares, in place or by files of Argo CD. */
export function readManagementPlugins(
  entries: readonly Values[],
  readers: PluginReaders,
): ManagementPlugin[] {
  const found = entries.flatMap((entry, index) => readEntry(entry, [SECTION, index], readers));
  for (const [at, { plugin, path }] of found.entries()) {
    const other = found.findIndex(({ plugin: { name } }) => name === plugin.name);
    if (other < at)
      readers.report([...path, "name"], `two plugins are named ${plugin.name}`, "Remove one of them");
  }
  return found.map(({ plugin }) => plugin);
}

function readEntry(
  entry: Values,
  path: FieldPath,
  readers: PluginReaders,
): { plugin: ManagementPlugin; path: FieldPath }[] {
  const { report, stores } = readers;
  const [file, name] = [entry["file"] as string, entry["name"] as string];
  const own = ownCommands(entry);
  const grants = grantsOf(entry, path, readers);
  const store = entry["secretStore"] as string;
  if (store !== "" && !stores.includes(store))
    report([...path, "secretStore"], `there is no secret store ${store}`, "Add it to secretStores");
  const rest = { grants, ...filled({ secretStore: store }) };
  const maker = entry["renderWith"] as BuiltInMaker | "command";
  if (maker !== "command") {
    if (name === "" || file !== "" || own.generate !== undefined)
      report([...path, "renderWith"], "needs a name, and neither a file nor generate beside it");
    for (const key of OF_COMMANDS)
      if (isSaid(entry[key]))
        report([...path, key], "changes nothing beside renderWith, which runs no command", "Remove it");
    const discover = own.discover ?? { by: "nothing" };
    if (discover.by === "command")
      report([...path, "discoverCommand"], "is for plugins with a command", "Use discoverGlob");
    return [
      {
        plugin: { name, makes: { by: "renderer", renderer: maker }, discover, parameters: [], ...rest },
        path,
      },
    ];
  }
  const declared: FoundPlugin[] = [];
  if (file === "") {
    const { generate } = own;
    if (name === "" || generate === undefined)
      report(
        path,
        "needs name and generate, or name and renderWith, or file",
        "Say what the plugin is called and what it runs",
      );
    else declared.push({ discover: { by: "nothing" }, parameters: [], ...own, name, generate });
  } else declared.push(...inFile(file, name, path, readers).map((plugin) => ({ ...plugin, ...own })));
  for (const plugin of declared) checkPrograms(plugin, grants, path, report);
  return declared.map(({ init, generate, ...plugin }) => ({
    plugin: { ...plugin, makes: { by: "command", generate, ...defined({ init }) }, ...rest },
    path,
  }));
}

function inFile(
  file: string,
  name: string,
  path: FieldPath,
  { readFile, report, say }: PluginReaders,
): FoundPlugin[] {
  let text: string;
  try {
    text = readFile(file);
  } catch (cause) {
    report([...path, "file"], `the file ${file} cannot be read: ${reasonOf(cause)}`);
    return [];
  }
  const { plugins, problems } = parseManagementPlugins(text, file);
  problems.forEach(say);
  const meant = name === "" ? plugins : plugins.filter((plugin) => plugin.name === name);
  if (meant.length === 0 && !problems.some(({ severity }) => severity === "error"))
    report(
      [...path, name === "" ? "file" : "name"],
      plugins.length === 0
        ? `${file} holds no config management plugin`
        : `${file} holds no plugin ${name}; it holds ${plugins.map((plugin) => plugin.name).join(", ")}`,
      "Name a ConfigManagementPlugin, a ConfigMap that holds some, or argocd-cm with configManagementPlugins",
    );
  return meant;
}

/** What stands in the config itself, which wins over a file. */
function ownCommands(entry: Values): Partial<Pick<FoundPlugin, "init" | "generate" | "discover">> {
  const glob = (key: string): string => entry[key] as string;
  const byCommand = asCommand(entry["discoverCommand"] as string[]);
  const discover: Discovery | undefined =
    glob("discoverFileName") !== ""
      ? { by: "file-name", glob: glob("discoverFileName") }
      : glob("discoverGlob") !== ""
        ? { by: "glob", glob: glob("discoverGlob") }
        : byCommand === undefined
          ? undefined
          : { by: "command", command: byCommand };
  return defined({
    init: asCommand(entry["init"] as string[]),
    generate: asCommand(entry["generate"] as string[]),
    discover,
  });
}

function asCommand([program, ...args]: readonly string[]): CommandLine | undefined {
  return program === undefined ? undefined : [program, ...args];
}

function grantsOf(
  entry: Values,
  path: FieldPath,
  { env, folder, data, report }: PluginReaders,
): PluginGrants {
  const tools = (entry["tools"] as string[]).map((tool) =>
    /^\.{1,2}\//.test(tool) ? `${resolve(folder, tool)}${tool.endsWith("/") ? "/" : ""}` : tool,
  );
  for (const [index, tool] of tools.entries())
    if (!/^(?:\/\S+|[\w.+-]+(?:@[\w.+-]+)?)$/.test(tool))
      report([...path, "tools", index], `${JSON.stringify(tool)} is no program`, "Write a name, or a path");
  const toolFolders = tools
    .filter((tool) => tool.endsWith("/"))
    .map((tool) => tool.replace(/(?<=.)\/+$/, ""));
  const mounts = entry["mounts"] as string[];
  for (const [key, paths] of [
    ["tools", toolFolders],
    ["mounts", mounts],
  ] as const)
    for (const place of paths)
      if (place === "/" || data === place || data.startsWith(`${place}/`) || place.startsWith(`${data}/`))
        report(
          [...path, key],
          `${place} would show the plugin what is this program's own, in ${data}`,
          "Name a folder that holds what the plugin needs, and nothing else",
        );
  const names = entry["env"] as string[];
  return {
    tools: tools.filter((tool) => !tool.endsWith("/")),
    toolFolders,
    mounts,
    env: names.flatMap((name, index) => {
      const value = env[name];
      if (!OURS.test(name) && value !== undefined) return [{ name, value: new Secret(value) }];
      report(
        [...path, "env", index],
        OURS.test(name) ? `${name} is the sandbox's to say` : `the environment variable ${name} is not set`,
        OURS.test(name) ? "Remove it" : `Set it for this program, or remove it`,
      );
      return [];
    }),
    reads: entry["reads"] as PluginGrants["reads"],
  };
}

/** A command whose program is not named would fail at every render: better now, and once. */
function checkPrograms(
  { name, init, generate, discover }: FoundPlugin,
  { tools, toolFolders }: PluginGrants,
  path: FieldPath,
  report: PluginReaders["report"],
): void {
  const avp = [init, generate].some((command) =>
    command?.some((word) => word.includes("argocd-vault-plugin")),
  );
  if (avp)
    report(
      path,
      `${name} runs argocd-vault-plugin, which has no network to ask a secret store in`,
      `Declare it without its command: { name: ${name}, renderWith: ${makerFor(generate)}, secretStore: … }; docs/vault.md says how`,
    );
  if (avp) return;
  const commands = [init, generate, discover.by === "command" ? discover.command : undefined];
  const programs = new Set(commands.flatMap((command) => (command === undefined ? [] : [command[0]])));
  const nameOf = (tool: string): string => tool.slice(tool.lastIndexOf("/") + 1);
  for (const program of programs)
    if (program.startsWith("./") || program.startsWith("../"))
      report(
        [...path, "generate"],
        `${name} runs ${program}, and nothing in a repository can be executed`,
        `Let a shell read it: [sh, ${program}]`,
      );
    else if (toolFolders.length === 0 && !tools.some((tool) => nameOf(tool) === nameOf(program)))
      report(
        [...path, "tools"],
        `${name} runs ${program}, which is not among its tools`,
        `Add ${nameOf(program)}`,
      );
}

/** What a command around argocd-vault-plugin has render. */
function makerFor(generate: CommandLine): BuiltInMaker {
  const text = generate.join(" ");
  return /\bhelm\b/.test(text) ? "helm" : /\bkustomize\b/.test(text) ? "kustomize" : "directory";
}
