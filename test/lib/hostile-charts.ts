/** Helm sources that would have helm read or run something of the machine, and how the checks name each. */

import type { HelmSource } from "../../src/core/model/application.ts";
import { defined } from "../../src/lib/defined.ts";
import { tgz } from "./tgz.ts";

/** What no output may hold. */
export const CANARY = "canary-4711";
/** The content of the file outside that each row is after: YAML, JSON and a schema at once. */
export const OUTSIDE = JSON.stringify({ const: CANARY });

export interface HostileChart {
  /** What it tries. */
  kind: string;
  name: string;
  helm: HelmSource;
  /** Besides the chart in `chart`. */
  files: Record<string, string | Uint8Array>;
  /** Part of the refusal; "harmless" where it renders, without the canary. */
  says: string;
  /** What a host without checks would have put on helm's command line, run in the chart's folder. */
  naive: (chart: string) => string[];
}

const NAMES = "chart: a name that becomes another argument of Helm";
const SCHEMAS = "chart: a schema that refers to something else";

export const CHART = {
  "chart/Chart.yaml": "apiVersion: v2\nname: web\nversion: 1.0.0\n",
  "chart/values.yaml": "a: 1\nsub: {a: 1}\n",
  "chart/v.txt": "v",
  "chart/templates/c.yaml":
    "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: c}\ndata: {values: {{ .Values | toJson | quote }}}\n",
};
const SUBCHART = { "sub/Chart.yaml": "apiVersion: v2\nname: sub\nversion: 1.0.0\n" };

/** @param outside absolute path of a file with `OUTSIDE` */
export function hostileCharts(outside: string): HostileChart[] {
  const fileParameter = (name: string, path: string, says: string, more = {}): HostileChart => ({
    kind: NAMES,
    name: `a file parameter named ${JSON.stringify(name)} at ${path}`,
    helm: { fileParameters: [{ name, path }] },
    files: { ...CHART, ...more },
    says,
    naive: (chart) => ["--set-file", `${name}=${chart}/${path}`],
  });
  const schema = (content: unknown): HostileChart => ({
    kind: SCHEMAS,
    name: `a schema ${JSON.stringify(content)}`,
    helm: {},
    files: { ...CHART, "chart/values.schema.json": JSON.stringify(content) },
    says: "which is not part of it; nothing else is opened for it",
    naive: () => [],
  });
  const packed = (name: string, path: string, content: Uint8Array, says?: string): HostileChart => ({
    ...schema({}),
    name,
    files: { ...CHART, [path]: content },
    ...defined({ says }),
  });
  const hostile = JSON.stringify({ $ref: `file://${outside}` });
  const relative = `..${outside}`;
  return [
    fileParameter(`k=${outside},b`, "v.txt", "is no name of a value"),
    fileParameter("k\\", `x=${outside}`, "is no name of a value", { [`chart/x=${outside}`]: "v" }),
    fileParameter("k", `v.txt,b=${outside}`, "harmless", { [`chart/v.txt,b=${outside}`]: "v" }),
    {
      kind: NAMES,
      name: "a value file with a comma in its name",
      helm: { valueFiles: [`v.yaml,${outside}`] },
      files: { ...CHART, "chart/v.yaml": "b: 1\n", [`chart/v.yaml,${outside}`]: "b: 2\n" },
      says: "harmless",
      naive: (chart) => ["--values", `${chart}/v.yaml,${outside}`],
    },
    {
      kind: NAMES,
      name: "a value file with a comma, by a pattern",
      helm: { valueFiles: ["**/*.json"] },
      files: { ...CHART, "chart/v": "b: 1\n", [`chart/v,${outside}`]: "b: 2\n" },
      says: "harmless",
      naive: (chart) => ["--values", `${chart}/v,${outside}`],
    },
    schema({ $ref: `file://${outside}` }),
    schema({ $ref: relative }),
    schema({ allOf: [{ properties: { a: { $ref: `file://localhost${outside}` } } }] }),
    schema({ $id: `file://${outside}`, $ref: outside }),
    schema({ $id: `file://${outside}`, definitions: {}, allOf: [{ $ref: "#/definitions/a" }] }),
    schema({ $schema: `file://${outside}` }),
    schema({ $schema: "https://json-schema.org/draft/2020-12/schema", $dynamicRef: `file://${outside}` }),
    schema({ $schema: "https://json-schema.org/draft/2019-09/schema", $recursiveRef: `file://${outside}` }),
    schema({ $ref: "http://127.0.0.1:1/schema.json" }),
    schema({ $ref: "HTTPS://127.0.0.1:1/schema.json" }),
    {
      ...schema({}),
      name: "a schema with an escaped keyword",
      files: { ...CHART, "chart/values.schema.json": `{"\\u0024ref": "file://${outside}"}` },
    },
    {
      ...schema({}),
      name: "a schema of a chart in the charts folder",
      files: {
        ...CHART,
        "chart/charts/sub/Chart.yaml": SUBCHART["sub/Chart.yaml"],
        "chart/charts/sub/values.schema.json": hostile,
      },
    },
    packed(
      "a schema in a package",
      "chart/charts/sub-1.0.0.tgz",
      tgz({ ...SUBCHART, "sub/values.schema.json": hostile }),
    ),
    packed(
      "a schema in a package, with a detour",
      "chart/charts/sub-1.0.0.tgz",
      tgz({ ...SUBCHART, "sub/x/../values.schema.json/.": hostile }),
    ),
    packed(
      "a schema in a package, made on Windows",
      "chart/charts/sub-1.0.0.tgz",
      tgz({ ...SUBCHART, "sub\\values.schema.json": hostile }),
    ),
    packed(
      "a schema in a package in a package",
      "chart/charts/sub-1.0.0.tgz",
      tgz({
        ...SUBCHART,
        "sub/charts/deep-1.0.0.tgz": tgz({
          "deep/Chart.yaml": "apiVersion: v2\nname: deep\nversion: 1.0.0\n",
          "deep/values.schema.json": hostile,
        }),
      }),
    ),
    packed(
      "a package with a size in binary",
      "chart/charts/sub-1.0.0.tgz",
      tgz({ ...SUBCHART, "sub/values.schema.json": hostile }, (header, name) => {
        if (!name.endsWith(".json")) return;
        header.fill(0, 124, 136);
        header.writeUInt8(0x80, 124);
        header.writeUInt32BE(hostile.length, 132);
      }),
      "a size that is not written plainly",
    ),
  ];
}

/** Words that are refused before helm starts, whatever they would do. */
export const REFUSED_WORDS: readonly { helm: HelmSource; says: string }[] = [
  { helm: { releaseName: '{{env "HOME"}}' }, says: "is no release name" },
  { helm: { releaseName: "-x" }, says: "is no release name" },
  { helm: { releaseName: "a\nb" }, says: "is no release name" },
  { helm: { releaseName: "a".repeat(54) }, says: "is longer than 53 characters" },
  { helm: { namespace: "--post-renderer=/bin/sh" }, says: "is no namespace" },
  { helm: { namespace: "a\nb" }, says: "is no namespace" },
  { helm: { kubeVersion: "--debug" }, says: "is no version of Kubernetes" },
  { helm: { kubeVersion: "1.30\n" }, says: "is no version of Kubernetes" },
  { helm: { apiVersions: ["apps/v1", 'a"b'] }, says: "is no API version" },
  { helm: { apiVersions: ["a,b"] }, says: "is no API version" },
  { helm: { apiVersions: ["-a"] }, says: "is no API version" },
  { helm: { valueFiles: ["a\nb.yaml"] }, says: "holds a control character" },
  { helm: { fileParameters: [{ name: "a", path: "a\rb" }] }, says: "holds a control character" },
  { helm: { parameters: [{ name: "a", value: "b\0c" }] }, says: "holds a NUL" },
  ...["", "a,b", "a=b", "a\nb", "a\\", "a[b]", "a[-1]", "a[0", "a]", "a\0", "a\\\n"].flatMap((name) => [
    { helm: { parameters: [{ name, value: "1" }] }, says: "is no name of a value" },
    { helm: { fileParameters: [{ name, path: "v.txt" }] }, says: "is no name of a value" },
  ]),
];

/** Names that are odd and mean what they say. */
export const GOOD_NAMES = [
  "a",
  "a.b[0].c",
  "node\\.kubernetes\\.io/os",
  "a\\,b",
  "a\\=b",
  "-a",
  "{a}",
  "a b",
  "ä",
];
