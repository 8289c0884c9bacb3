import type {
  AnnouncedParameter,
  CommandLine,
  Discovery,
  ManagementPlugin,
} from "../core/model/management-plugin.ts";
import type { Problem } from "../core/model/problem.ts";
import { defined, filled } from "../lib/defined.ts";
import { type FieldPath, showPath } from "../lib/field-path.ts";
import { isMapping } from "../lib/is-mapping.ts";
import { nearest } from "../lib/nearest.ts";
import { lineOf, parseYaml, type YamlDocument } from "../lib/yaml.ts";

/** A plugin as a file declares it; what it may reach is not the file's to say. */
export type FoundPlugin = Pick<ManagementPlugin, "name" | "discover" | "parameters"> & {
  init?: CommandLine;
  generate: CommandLine;
};

const KIND = "ConfigManagementPlugin";
/** argocd-cm's, before plugins had sidecars. */
const OLD_KEY = "configManagementPlugins";
const SPEC = [
  "version",
  "init",
  "generate",
  "discover",
  "parameters",
  "lockRepo",
  "allowConcurrency",
  "preserveFileMode",
  "provideGitCreds",
];

/**
 * Reads Argo CD's declarations of plugins: a ConfigManagementPlugin, a ConfigMap whose keys hold some, and the list of
 * argocd-cm's key configManagementPlugins, in the ConfigMap or in its data alone.
 *
 * @param file as problems name it
 */
export function parseManagementPlugins(
  text: string,
  file: string,
): { plugins: FoundPlugin[]; problems: Problem[] } {
  const reading = new Reading(file);
  reading.readText(text, 1);
  return reading;
}

class Reading {
  readonly plugins: FoundPlugin[] = [];
  readonly problems: Problem[] = [];

  constructor(private readonly file: string) {}

  /** @param line of the file at which the text begins */
  readText(text: string, line: number): void {
    const { documents, problems } = parseYaml(text, { file: this.file, line, duplicateKeys: "keep-last" });
    for (const { document: _, ...problem } of problems) this.problems.push(problem);
    for (const document of documents) this.readDocument(document);
  }

  private readDocument(document: YamlDocument): void {
    const whole = document.value;
    if (whole === null || whole === undefined) return;
    if (!isMapping(whole)) return this.say(document, [], "error", "must be a mapping");
    if (whole["kind"] === KIND) return this.readPlugin(document, whole);
    const isManifest = isMapping(whole["data"]);
    const data = isManifest ? (whole["data"] as Record<string, unknown>) : whole;
    for (const [key, inner] of Object.entries(data)) {
      const path: FieldPath = isManifest ? ["data", key] : [key];
      // A block text begins on the line after its key.
      const line = lineOf(document, showPath(path)) + 1;
      if (key === OLD_KEY) this.readOldList(document, inner, path, line);
      else if (typeof inner === "string" && inner.includes(KIND)) this.readText(inner, line);
    }
  }

  private readPlugin(document: YamlDocument, { metadata, spec }: Record<string, unknown>): void {
    const name = isMapping(metadata) ? metadata["name"] : undefined;
    if (typeof name !== "string" || name === "")
      return this.say(document, ["metadata", "name"], "error", "the plugin has no name", "Give it one");
    if (!isMapping(spec)) return this.say(document, ["spec"], "error", "must be a mapping");
    for (const key of Object.keys(spec))
      if (!SPEC.includes(key)) {
        const meant = nearest(key, SPEC);
        this.say(
          document,
          ["spec", key],
          "warning",
          "is none of the fields that Argo CD knows, and changes nothing",
          meant === undefined ? undefined : `Did you mean ${meant}?`,
        );
      }
    if (spec["provideGitCreds"] === true)
      this.say(
        document,
        ["spec", "provideGitCreds"],
        "warning",
        "is not given: a plugin has no network here, and no credentials",
        "Bring what it fetches by further sources of the application, and let it read files alone",
      );
    const version = spec["version"];
    if (version !== undefined && typeof version !== "string")
      this.say(document, ["spec", "version"], "error", "must be a string", "Put it in quotes");
    const generate = this.command(document, spec["generate"], ["spec", "generate"]);
    if (generate === undefined)
      return this.say(document, ["spec", "generate"], "error", `${name} runs nothing`, "Add a command");
    this.plugins.push({
      name: typeof version === "string" && version !== "" ? `${name}-${version}` : name,
      generate,
      discover: this.discovery(document, spec["discover"]),
      parameters: this.parameters(document, spec["parameters"]),
      ...defined({ init: this.command(document, spec["init"], ["spec", "init"]) }),
    });
  }

  private readOldList(document: YamlDocument, text: unknown, path: FieldPath, line: number): void {
    let [entries, owner, base] = [text, document, path];
    if (typeof text === "string") {
      const { documents, problems } = parseYaml(text, { file: this.file, line, duplicateKeys: "keep-last" });
      for (const { document: _, ...problem } of problems) this.problems.push(problem);
      [entries, owner, base] = [documents[0]?.value ?? [], documents[0] ?? document, []];
    }
    if (!Array.isArray(entries)) return this.say(owner, base, "error", "must be a list of plugins");
    for (const [index, entry] of entries.entries()) {
      const at: FieldPath = [...base, index];
      const name: unknown = isMapping(entry) ? entry["name"] : undefined;
      const generate = isMapping(entry)
        ? this.command(owner, entry["generate"], [...at, "generate"])
        : undefined;
      if (!isMapping(entry) || typeof name !== "string" || name === "" || generate === undefined) {
        this.say(owner, at, "error", "must have name and generate");
        continue;
      }
      this.plugins.push({
        name,
        generate,
        discover: { by: "nothing" },
        parameters: [],
        ...defined({ init: this.command(owner, entry["init"], [...at, "init"]) }),
      });
    }
  }

  private command(document: YamlDocument, value: unknown, path: FieldPath): CommandLine | undefined {
    if (value === undefined || value === null) return undefined;
    const { command = [], args = [] } = isMapping(value) ? value : { command: value };
    const words: unknown[] = [command, args].flat();
    if (!Array.isArray(command) || !Array.isArray(args) || !words.every((word) => typeof word === "string")) {
      this.say(document, path, "error", "must have command, and may have args: lists of strings");
      return undefined;
    }
    const [program, ...rest] = words as string[];
    return program === undefined ? undefined : [program, ...rest];
  }

  /** The first that is there counts. Source: Argo CD. */
  private discovery(document: YamlDocument, value: unknown): Discovery {
    if (!isMapping(value)) return { by: "nothing" };
    const { fileName, find } = value;
    if (typeof fileName === "string" && fileName !== "") return { by: "file-name", glob: fileName };
    if (!isMapping(find)) return { by: "nothing" };
    if (typeof find["glob"] === "string" && find["glob"] !== "") return { by: "glob", glob: find["glob"] };
    const command = this.command(document, find, ["spec", "discover", "find"]);
    return command === undefined ? { by: "nothing" } : { by: "command", command };
  }

  private parameters(document: YamlDocument, value: unknown): AnnouncedParameter[] {
    if (!isMapping(value)) return [];
    if (isMapping(value["dynamic"]) && value["dynamic"]["command"] !== undefined)
      this.say(
        document,
        ["spec", "parameters", "dynamic"],
        "warning",
        "is not run: it announces parameters to Argo CD's forms, and changes no manifest",
      );
    const announced: unknown[] = Array.isArray(value["static"]) ? value["static"] : [];
    return announced.flatMap((entry) =>
      isMapping(entry) && typeof entry["name"] === "string"
        ? [{ name: entry["name"], required: entry["required"] === true }]
        : [],
    );
  }

  private say(
    document: YamlDocument,
    path: FieldPath,
    severity: Problem["severity"],
    text: string,
    fix?: string,
  ): void {
    const shown = showPath(path);
    this.problems.push({
      severity,
      file: this.file,
      line: lineOf(document, shown),
      ...filled({ path: shown }),
      text,
      ...defined({ fix }),
    });
  }
}
