/**
 * Everything hostile that a repository may hold, as one table: what it is, what it would do, and how it is run with and
 * without the walls that hold it. The outcome is in test/golden/hostile-content.md.
 */
import { gzipSync } from "node:zlib";
import type { Source } from "../../src/core/model/application.ts";
import { CHART, hostileCharts } from "./hostile-charts.ts";
import { filesOf, HOSTILE_KUSTOMIZATIONS } from "./hostile-kustomizations.ts";
import { configMap } from "./source-folder.ts";

/** What of this machine hostile content is after. */
export interface Bait {
  /** Absolute path of a file with `OUTSIDE`. */
  secret: string;
  /** Made by whatever program was started. */
  marker: string;
  /** On 127.0.0.1; counts who connects. */
  port: number;
}

export interface HostileContent {
  kind: string;
  name: string;
  files: Record<string, string | Uint8Array>;
  links: Record<string, string>;
  source: Partial<Source> & { path: string };
  /** Part of the refusal; "harmless" where it renders, and does nothing; "a limit" where a limit ends it. */
  says: string;
  /** What a host without checks would run in the source's folder. @param folder that folder's absolute path */
  naive: { tool: "helm" | "kustomize"; words: (folder: string) => string[] };
}

const helm = (words: HostileContent["naive"]["words"] = () => []): HostileContent["naive"] => ({
  tool: "helm",
  words: (folder) => ["template", ".", ...words(folder)],
});
// Without what kustomize itself refuses to read.
const KUSTOMIZE: HostileContent["naive"] = {
  tool: "kustomize",
  words: () => ["build", "--load-restrictor", "LoadRestrictionsNone", "."],
};

export function hostileContent(bait: Bait): HostileContent[] {
  const filled = (text: string): string =>
    text.replaceAll("127.0.0.1:1/", `127.0.0.1:${bait.port}/`).replaceAll("/etc/passwd", bait.secret);
  const filledFiles = (files: Record<string, string | Uint8Array>): Record<string, string | Uint8Array> =>
    Object.fromEntries(
      Object.entries(files).map(([path, content]) => [
        path,
        typeof content === "string" ? filled(content) : content,
      ]),
    );
  const kustomizations = [...HOSTILE_KUSTOMIZATIONS].flatMap(([kind, rows]) =>
    rows.map(
      ({ name, files, says }): HostileContent => ({
        ...{ kind, name, says, links: {}, source: { path: "a" }, naive: KUSTOMIZE },
        files: filledFiles(filesOf(files, bait.marker)),
      }),
    ),
  );
  const charts = hostileCharts(bait.secret).map(
    ({ kind, name, helm: block, files, says, naive }): HostileContent => ({
      ...{ kind, name, says, links: {}, source: { path: "chart", helm: block }, naive: helm(naive) },
      files: filledFiles(files),
    }),
  );
  return [...kustomizations, ...charts, ...linksThatLeadOut(bait), ...withoutEnd()];
}

function linksThatLeadOut({ secret }: Bait): HostileContent[] {
  const kind = "a link that leads out of the repository";
  const says = "leads out of the repository";
  const inChart = { kind, says, source: { path: "chart" }, naive: helm() };
  return [
    {
      ...inChart,
      name: "in place of a chart's values",
      files: without(CHART, "chart/values.yaml"),
      links: { "chart/values.yaml": secret },
    },
    { ...inChart, name: "in place of a template", files: CHART, links: { "chart/templates/x.yaml": secret } },
    {
      ...inChart,
      name: "in place of the folder of charts, over another link",
      files: { ...CHART, "chart/templates/d.yaml": '{{ .Files.Get "more/secret.json" }}' },
      links: { "chart/more": "../way", way: folderOf(secret) },
    },
    {
      kind,
      says,
      name: "in place of a generator's file",
      files: { "a/kustomization.yaml": "configMapGenerator: [{name: x, files: [x.json]}]\n" },
      links: { "a/x.json": secret },
      source: { path: "a" },
      naive: KUSTOMIZE,
    },
  ];
}

function withoutEnd(): HostileContent[] {
  const kind = "content without end";
  const base = { kind, links: {} };
  return [
    {
      ...base,
      name: "a template that prints 80 MB",
      files: {
        ...CHART,
        "chart/templates/c.yaml": '{{ range until 8 }}{{ repeat 1000000 "# 1234567\\n" }}{{ end }}',
      },
      source: { path: "chart" },
      says: "a limit",
      naive: helm(),
    },
    {
      ...base,
      name: "a package of 100 kB that unpacks to 101 MiB",
      files: { ...CHART, "chart/charts/bomb-1.0.0.tgz": gzipSync(new Uint8Array(101 << 20)) },
      source: { path: "chart" },
      says: "unpacks to more than 100 MiB",
      naive: helm(),
    },
    {
      ...base,
      name: "a hundred bases, one in the other",
      files: {
        ...Object.fromEntries(
          Array.from({ length: 100 }, (_, at) => [
            `b${at}/kustomization.yaml`,
            `resources: [../b${at + 1}]\n`,
          ]),
        ),
        "b100/kustomization.yaml": "resources: [c.yaml]\n",
        "b100/c.yaml": configMap("c"),
      },
      source: { path: "b0" },
      says: "nested more than 32 deep",
      naive: KUSTOMIZE,
    },
  ];
}

function without<T extends object>(files: T, path: keyof T): Omit<T, typeof path> {
  const { [path]: _, ...rest } = files;
  return rest;
}

function folderOf(path: string): string {
  return path.slice(0, path.lastIndexOf("/"));
}
