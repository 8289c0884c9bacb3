/** Kustomizations that would have kustomize read, fetch or run something of the machine, and how the checks name each. */

export interface HostileKustomization {
  name: string;
  /** By path; the one to build lies in `a`. Takes the place of `EXEC` in them: a name that makes git run a command. */
  files: Record<string, string>;
  /** Part of the refusal; "harmless" where it is built, and does nothing. */
  says: string;
}

const REMOTE = "cannot be fetched";
const OBJECT = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: c}\n";
const OK = { "a/c.yaml": OBJECT };
const kustomization = (text: string, more: Record<string, string> = {}): Record<string, string> => ({
  ...OK,
  "a/kustomization.yaml": text,
  ...more,
});
const inline = (config: string): string => JSON.stringify([config]);

const SPELLINGS: HostileKustomization[] = [
  "Resources",
  "RESOURCES",
  "re\u017fource\u017f",
  "BASES",
  "ba\u017fes",
  "Components",
  "Crds",
  "Configurations",
  "Generators",
  "TransFormers",
  "VALIDATORS",
].map((field) => ({
  name: `the field ${JSON.stringify(field)}`,
  files: kustomization(`${JSON.stringify(field)}: ["EXEC"]\n`),
  says: `${field} is no field of a kustomization. Write ${field.replaceAll("\u017f", "s").toLowerCase()}`,
}));

const NESTED: HostileKustomization[] = [
  { text: 'patches: [{Path: "/etc/passwd"}]', at: "patches[0].Path" },
  { text: 'patches: [{path: p.yaml, target: {\u212aind: "X"}}]', at: "patches[0].target.\u212aind" },
  { text: 'patchesJson6902: [{PATH: "/etc/passwd", target: {name: c}}]', at: "patchesJson6902[0].PATH" },
  { text: 'configMapGenerator: [{name: x, Files: ["/etc/passwd"]}]', at: "configMapGenerator[0].Files" },
  {
    text: 'configMapGenerator: [{name: x, enV\u017f: ["/etc/passwd"]}]',
    at: "configMapGenerator[0].enV\u017f",
  },
  { text: 'secretGenerator: [{name: x, ENV: "/etc/passwd"}]', at: "secretGenerator[0].ENV" },
  {
    text: "secretGenerator: [{name: x, options: {Immutable: true}}]",
    at: "secretGenerator[0].options.Immutable",
  },
  { text: 'replacements: [{Path: "/etc/passwd"}]', at: "replacements[0].Path" },
  { text: "replacements: [{targets: [{Select: {}}]}]", at: "replacements[0].targets[0].Select" },
  { text: 'openapi: {Path: "/etc/passwd"}', at: "openapi.Path" },
  { text: "images: [{Name: x}]", at: "images[0].Name" },
  { text: "vars: [{name: X, objref: {Kind: X}}]", at: "vars[0].objref.Kind" },
  { text: "HelmCharts: [{name: x}]", at: "HelmCharts" },
  { text: "helmGlobals: {chartHOME: /etc}", at: "helmGlobals.chartHOME" },
  { text: "nonsense: 1", at: "nonsense" },
].map(({ text, at }) => ({
  name: text,
  files: kustomization(`resources: [c.yaml]\n${text}\n`, { "a/p.yaml": OBJECT }),
  says: `${at} is no field of a kustomization`,
}));

const FIELDS_THAT_READ = [
  "resources: [NAME]",
  "bases: [NAME]",
  "components: [NAME]",
  "crds: [NAME]",
  "configurations: [NAME]",
  "generators: [NAME]",
  "transformers: [NAME]",
  "validators: [NAME]",
  "patchesStrategicMerge: [NAME]",
  "patches: [{path: NAME}]",
  "patchesJson6902: [{path: NAME, target: {name: c}}]",
  "replacements: [{path: NAME}]",
  "openapi: {path: NAME}",
  "configMapGenerator: [{name: x, files: [NAME]}]",
  "configMapGenerator: [{name: x, envs: [NAME]}]",
  "secretGenerator: [{name: x, env: NAME}]",
];
const REMOTE_FIELDS: HostileKustomization[] = FIELDS_THAT_READ.map((field) => ({
  name: `${field} of another machine`,
  files: kustomization(`${field.replace("NAME", '"https://127.0.0.1:1/x.yaml"')}\n`),
  says: REMOTE,
}));

const FOLDERS = [
  "github.com/e/r",
  "GitHub.com/e/r",
  "git@host/r",
  "folder?ref=x",
  "org/_git/r",
  "g\u0130thub.com/e/r",
];
const NAMED_LIKE_REMOTE: HostileKustomization[] = FOLDERS.map((folder) => ({
  name: `a folder named ${folder}`,
  files: kustomization(`resources: [${JSON.stringify(folder)}]\n`, {
    [`a/${folder}/kustomization.yaml`]: "resources: [c.yaml]\n",
    [`a/${folder}/c.yaml`]: OBJECT,
  }),
  says: REMOTE,
}));

const PLUGIN = "apiVersion: builtin\nmetadata: {name: x}\n";
const PLUGINS: HostileKustomization[] = [
  {
    name: "a plugin that reads, in place",
    files: kustomization(
      `transformers: ${inline(`${PLUGIN}kind: PatchTransformer\npath: https://127.0.0.1:1/\n`)}\n`,
    ),
    says: REMOTE,
  },
  {
    name: "a plugin's field in another spelling, in place",
    files: kustomization(`transformers: ${inline(`${PLUGIN}kind: PatchTransformer\nPath: /etc/passwd\n`)}\n`),
    says: "Path of a plugin PatchTransformer is no field that kustomize has. Write path",
  },
  {
    name: "a plugin's field in another spelling, in a file",
    files: kustomization("generators: [g.yaml]\n", {
      "a/g.yaml": `${PLUGIN}kind: ConfigMapGenerator\nname: x\nFILES: [/etc/passwd]\n`,
    }),
    says: "FILES of a plugin ConfigMapGenerator is no field that kustomize has. Write files",
  },
  {
    name: "a plugin's targets in a file elsewhere",
    files: kustomization(
      `transformers: ${inline(`${PLUGIN}kind: ValueAddTransformer\nvalue: x\ntargetFilePath: ../../../etc/passwd\n`)}\n`,
    ),
    says: "it leads out of the repository",
  },
  {
    name: "a plugin that is a program, in place",
    files: kustomization(
      `generators: ${inline("apiVersion: example.com/v1\nkind: Run\nmetadata:\n  name: x\n  annotations:\n    config.kubernetes.io/function: |\n      exec: {path: /bin/sh}\n")}\n`,
    ),
    says: "a plugin of example.com/v1 Run is not part of kustomize",
  },
  {
    name: "a plugin that is a program, in a file of a folder",
    files: kustomization("generators: [g]\n", {
      "a/g/kustomization.yaml": "resources: [run.yaml]\n",
      "a/g/run.yaml": "apiVersion: example.com/v1\nkind: Run\nmetadata: {name: x}\n",
    }),
    says: "a plugin of example.com/v1 Run is not part of kustomize",
  },
  {
    name: "a plugin's configuration that is put together by patches",
    files: kustomization("transformers: [t]\n", {
      "a/t/kustomization.yaml":
        'resources: [p.yaml]\npatches: [{target: {kind: PatchTransformer}, patch: "[{op: replace, path: /path, value: /etc/passwd}]"}]\n',
      "a/t/p.yaml": `${PLUGIN}kind: PatchTransformer\npath: p.yaml\n`,
    }),
    says: "patches would change them after they were checked",
  },
  {
    name: "a chart by a plugin, its kind quoted",
    files: kustomization(
      `generators: ${inline('{"apiVersion": "builtin", "kind": "HelmChartInflationGenerator", "metadata": {"name": "x"}, "name": "c", "repo": "http://127.0.0.1:1/"}')}\n`,
    ),
    says: "cannot fetch",
  },
  {
    name: "a list of plugins",
    files: kustomization("transformers: [t.yaml]\n", {
      "a/t.yaml": `apiVersion: v1\nkind: List\nitems:\n  - {apiVersion: builtin, kind: PatchTransformer, metadata: {name: x}, path: /etc/passwd}\n`,
    }),
    says: "a plugin of v1 List is not part of kustomize",
  },
  ...["generators", "transformers", "validators"].map((field) => ({
    name: `a name with a line break in ${field}`,
    files: kustomization(`${field}: ["EXEC\\n"]\n`),
    says: REMOTE,
  })),
];

const TEXTS: HostileKustomization[] = [
  {
    name: "a name with a line break",
    files: kustomization('resources: ["EXEC\\n"]\n'),
    says: REMOTE,
  },
  {
    name: "a merge key",
    files: kustomization('x: &x {resources: ["EXEC"]}\n<<: *x\n'),
    says: "x is no field of a kustomization",
  },
  {
    name: "a merge key in place",
    files: kustomization('<<: {resources: ["EXEC"]}\n'),
    says: REMOTE,
  },
  {
    name: "a field twice",
    files: kustomization('resources: [c.yaml]\nresources: ["EXEC"]\n'),
    says: "resources",
  },
  {
    name: "a second document",
    files: kustomization('resources: [c.yaml]\n---\nresources: ["EXEC"]\n'),
    says: "more than one document",
  },
  {
    name: "two kustomizations in one folder",
    files: kustomization("resources: [c.yaml]\n", { "a/Kustomization": 'resources: ["EXEC"]\n' }),
    says: "of which only one may be there",
  },
  ...["kustomization.yml", "Kustomization"].map((name) => ({
    name: `a base's ${name}`,
    files: kustomization("resources: [../b]\n", { [`b/${name}`]: 'Resources: ["EXEC"]\n' }),
    says: "Resources is no field of a kustomization",
  })),
  {
    name: "a component of a base",
    files: kustomization("resources: [../b]\n", {
      "b/kustomization.yaml": "components: [../c]\n",
      "c/kustomization.yaml":
        'apiVersion: kustomize.config.k8s.io/v1alpha1\nkind: Component\nCOMPONENTS: ["EXEC"]\n',
    }),
    says: "COMPONENTS is no field of a kustomization",
  },
];

/** A name by which git, where kustomize calls it, makes the file `marker`. */
function execName(marker: string): string {
  return `file:///x?ref=--upload-pack%3Dtouch%20${encodeURIComponent(marker)}%3Btrue`;
}

/** Files with their name for execution filled in. */
export function filesOf(files: Record<string, string>, marker: string): Record<string, string> {
  return Object.fromEntries(
    Object.entries(files).map(([path, text]) => [path, text.replaceAll("EXEC", execName(marker))]),
  );
}

/**
 * Texts in which go-yaml sees another field than readers of YAML 1.2: a line break inside a comment. What kustomize gets
 * is printed from what was checked, so that they are harmless.
 */
const HIDDEN: HostileKustomization[] = ["\u0085", "\u2028", "\u2029"].map((lineBreak) => {
  const text = `resources: [c.yaml]\n# nothing${lineBreak}bases: ["EXEC"]\n`;
  return {
    name: `a field behind the line break ${escaped(lineBreak)} in a comment`,
    files: kustomization(text),
    says: "harmless",
  };
});

function escaped(letter: string): string {
  return `U+${letter.charCodeAt(0).toString(16).padStart(4, "0").toUpperCase()}`;
}

/** By what they try. */
export const HOSTILE_KUSTOMIZATIONS: ReadonlyMap<string, readonly HostileKustomization[]> = new Map([
  ["kustomization: a field in another spelling", [...SPELLINGS, ...NESTED]],
  ["kustomization: an address of another machine", REMOTE_FIELDS],
  ["kustomization: a folder named like an address", NAMED_LIKE_REMOTE],
  ["kustomization: plugins", PLUGINS],
  ["kustomization: YAML that two readers read differently", [...TEXTS, ...HIDDEN]],
]);
