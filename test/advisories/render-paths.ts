/** Sources that lead out of their repository. */
import { join } from "node:path";
import { folderTree } from "../../src/render/folder-tree.ts";
import { makeGit } from "../lib/git-remotes.ts";
import { CANARY, hostileCharts } from "../lib/hostile-charts.ts";
import { AT, applicationOf, askFor } from "../lib/render-host.ts";
import { sourceFolder } from "../lib/source-folder.ts";
import { tgz } from "../lib/tgz.ts";
import { must, mustEqual, type Row, tally } from "./row.ts";
import { configMap, type Shot, type Shown, type Stand } from "./stand.ts";

export const CHART = {
  "chart/Chart.yaml": "apiVersion: v2\nname: web\nversion: 1.0.0\n",
  "chart/values.yaml": "a: 1\n",
  "chart/templates/c.yaml":
    "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: c}\ndata: {values: {{ .Values | toJson | quote }}}\n",
};

/** Renders all, and demands that each is refused before any tool was started. @returns by what */
export async function refused(stand: Stand, shots: readonly Shot[]): Promise<string> {
  const codes: string[] = [];
  for (const shot of shots) {
    const shown = await stand.render(shot);
    must(
      shown.is === "refused",
      `${JSON.stringify(shot.source)} was rendered: ${JSON.stringify(shown).slice(0, 300)}`,
    );
    const tools = shown.ran.filter((name) => name !== "raw");
    mustEqual(tools, [], `tools that were started for ${JSON.stringify(shot.source)}`);
    codes.push(shown.code);
  }
  return `refused before a tool was started: ${tally(codes)}`;
}

/** Renders all; they may be refused or harmless. Whoever reads, runs, asks or writes anything is caught by the witnesses. */
export async function harmless(stand: Stand, shots: readonly Shot[]): Promise<string> {
  const ends: string[] = [];
  for (const shot of shots) ends.push(endOf(await stand.render(shot)));
  return tally(ends);
}

export const endOf = (shown: Shown): string =>
  shown.is === "rendered"
    ? "rendered without anything of it"
    : `refused ${shown.ran.some((name) => name !== "raw") ? "by the tool in its jail" : "before a tool was started"}: ${shown.code}`;

const kustomization = (text: string, more: Record<string, string> = {}): Shot => ({
  files: { "a/kustomization.yaml": text, "a/c.yaml": configMap("c"), ...more },
  source: { path: "a" },
});
const dependency = (fields: string): Shot => ({
  files: { ...CHART, "chart/Chart.yaml": `${CHART["chart/Chart.yaml"]}dependencies: [{${fields}}]\n` },
  source: { path: "chart" },
});

export const RENDER_PATHS: readonly Row[] = [
  {
    id: "PT-1",
    about: "Argo CD CVE-2022-24348: a Helm value file named by a URL or a path above reads other folders",
    input: "valueFiles and fileParameters with file:, ../, %2e%2e, \\, NUL, an absolute path, a comma",
    async play(stand) {
      const paths = [
        "file:///etc/passwd",
        `file://${stand.outside}`,
        "../../other/values.yaml",
        "a/../../../x",
        "%2e%2e/x",
        "..\\x",
        "a\0b",
      ];
      const shots = paths.flatMap((path): Shot[] => [
        { files: CHART, source: { path: "chart", helm: { valueFiles: [path] } } },
        { files: CHART, source: { path: "chart", helm: { fileParameters: [{ name: "a", path }] } } },
      ]);
      const said = await refused(stand, shots);
      // From the root of the repository, where there is none.
      const ends = [
        endOf(
          await stand.render({
            files: CHART,
            source: { path: "chart", helm: { valueFiles: [stand.outside] } },
          }),
        ),
      ];
      for (const { files, helm } of hostileCharts(stand.outside))
        ends.push(endOf(await stand.render({ files, source: { path: "chart", helm } })));
      return `${said}; ${ends.length} charts and arguments that are after a file: ${tally(ends)}`;
    },
  },
  {
    id: "PT-2",
    about: "Argo CD CVE-2022-24731, -24730, -24904, -31036: links in a repository lead to files outside it",
    input:
      "links to a secret, to /proc/self/environ, over several links, to a folder, in a circle; as plain folder, chart and kustomization; once fetched over HTTP",
    async play(stand) {
      const links: Record<string, string>[] = [
        { "m/x.yaml": stand.outside },
        { "m/x.yaml": "/proc/self/environ" },
        { "m/x.yaml": "../b", b: "c", c: stand.outside },
        { "m/x": join(stand.outside, "..") },
        { "m/x.yaml": "y.yaml", "m/y.yaml": "x.yaml" },
        { "m/values.yaml": stand.outside },
      ];
      const kinds: Record<string, string>[] = [
        {},
        {
          "m/Chart.yaml": CHART["chart/Chart.yaml"],
          "m/templates/t.yaml": '{{ .Files.Get "x.yaml" }}{{ .Files.Get "x/secret.json" }}',
        },
        {
          "m/kustomization.yaml":
            "configMapGenerator: [{name: g, files: [x.yaml, x/secret.json, values.yaml]}]\n",
        },
      ];
      const shots = links.flatMap((each) =>
        kinds.map((files): Shot => {
          const plain = Object.keys(files).length === 0;
          return {
            files: { "m/a.yaml": configMap("a"), ...files },
            links: each,
            source: { path: "m", ...(plain ? { directory: { recurse: true } } : {}) },
          };
        }),
      );
      return `${await refused(stand, shots)}; over HTTP ${await linksByGit(stand)}`;
    },
  },
  {
    id: "PT-3",
    about: "Argo CD CVE-2023-40026: a chart's dependency at file:// outside the repository",
    input: "dependencies at file:///etc, file://../../../x, file://.%2e/, named ../../x, ., a/b",
    play: (stand) =>
      refused(stand, [
        ...["file:///etc", `file://${stand.outside}`, "file://../../../x", "file://.%2e/"].map((at) =>
          dependency(`name: dep, version: 1.0.0, repository: "${at}"`),
        ),
        ...["../../x", ".", "a/b"].map((name) =>
          dependency(`name: "${name}", version: 1.0.0, repository: "file://../dep"`),
        ),
      ]),
  },
  {
    id: "PT-4",
    about: "a `$ref` to a second repository leads on into a third folder",
    input: "valueFiles [$values/../other/secret.yaml], [$values/link]",
    async play(stand) {
      const folder = sourceFolder({
        ...CHART,
        "values/a.yaml": "a: 1\n",
        "other/secret.yaml": `a: ${CANARY}\n`,
      });
      folder.link("values/link", "../other/secret.yaml");
      const ends: string[] = [];
      for (const file of ["$values/../other/secret.yaml", "$values/link", "$values/../../etc/passwd"]) {
        const source = {
          repoURL: "https://git.example.com/a.git",
          path: "chart",
          helm: { valueFiles: [file] },
        };
        const [own, values] = [await folder.tree(), await folderTree(join(folder.path, "values"))];
        const sources = [
          { source, tree: own, revision: AT },
          {
            source: { repoURL: "https://git.example.com/v.git", ref: "values" },
            tree: values,
            revision: AT,
          },
        ];
        const end = await stand.host.renderers.render(askFor(applicationOf(source), own, { sources })).then(
          () => "rendered",
          (cause: unknown) => String((cause as { code?: string }).code),
        );
        mustEqual(end, "path-outside-source", `the end of ${file}`);
        ends.push(end);
      }
      folder.dispose();
      return `refused before a tool was started: ${tally(ends)}`;
    },
  },
  {
    id: "PT-5",
    about: "Flux CVE-2022-24877, -24878: a kustomization leads out of its folder, or into itself without end",
    input:
      "resources above, an absolute file as generator, a patch outside, itself, a circle, a path above as source",
    play: (stand) =>
      refused(stand, [
        kustomization("resources: [../../../etc]\n"),
        kustomization(`configMapGenerator: [{name: x, files: ["${stand.outside}"]}]\n`),
        kustomization(`configMapGenerator: [{name: x, files: ["k=${stand.outside}"]}]\n`),
        kustomization(`secretGenerator: [{name: x, envs: ["${stand.outside}"]}]\n`),
        kustomization("patches: [{path: ../../outside.yaml}]\n"),
        kustomization("resources: [.]\n"),
        kustomization("resources: [../b]\n", { "b/kustomization.yaml": "resources: [../a]\n" }),
        { ...kustomization("resources: [c.yaml]\n"), source: { path: "../.." } },
        {
          ...kustomization("resources: [c.yaml]\n"),
          source: { path: "a", kustomize: { components: ["../../x"] } },
        },
      ]),
  },
  {
    id: "PT-8",
    about:
      "Helm CVE-2024-25620, -2026-35206, -2019-18658, Argo Workflows CVE-2025-62156: packed charts that unpack elsewhere",
    input: "packages with ../x, an absolute path, a link and a file through it; charts named .., ., a/b",
    play(stand) {
      const part = "apiVersion: v2\nname: sub\nversion: 1.0.0\n";
      const packages: Uint8Array[] = [
        tgz({ "sub/Chart.yaml": part, [`../../../../../../../../${stand.outside}`]: "overwritten" }),
        tgz({ "sub/Chart.yaml": part, [`sub/../../../../../..${stand.outside}`]: "overwritten" }),
        tgz({ "sub/Chart.yaml": part, [stand.outside]: "overwritten" }),
        tgz(
          { "sub/Chart.yaml": part, "sub/link": "", "sub/link/secret.json": "overwritten" },
          (header, name) => {
            if (name !== "sub/link") return;
            header.write("2", 156);
            header.write(join(stand.outside, ".."), 157);
          },
        ),
        tgz({ "sub/Chart.yaml": part, "sub/templates/x.yaml": "" }, (header, name) => {
          if (!name.endsWith("x.yaml")) return;
          header.write("1", 156);
          header.write(stand.outside, 157);
        }),
        ...["..", ".", "a/b"].map((name) =>
          tgz({ "sub/Chart.yaml": `apiVersion: v2\nname: "${name}"\nversion: 1.0.0\n` }),
        ),
      ];
      return harmless(stand, [
        ...packages.map((bytes) => ({
          files: { ...CHART, "chart/charts/sub-1.0.0.tgz": bytes },
          source: { path: "chart" },
        })),
        ...["..", ".", "a/b", "../../x"].map((name) => ({
          files: { ...CHART, "chart/Chart.yaml": `apiVersion: v2\nname: "${name}"\nversion: 1.0.0\n` },
          source: { path: "chart" },
        })),
      ]);
    },
  },
  {
    id: "PT-9",
    about: "Helm CVE-2025-53547: a lock file that is a link is written through when dependencies are updated",
    input: "Chart.lock as a link to a start file of the shell, with dependencies to be built",
    play: (stand) =>
      refused(stand, [
        {
          ...dependency('name: dep, version: 1.0.0, repository: "file://../dep"'),
          links: { "chart/Chart.lock": join(stand.dir, "home", ".bashrc") },
        },
        {
          files: { ...CHART, target: "as it was" },
          links: { "chart/Chart.lock": "../target" },
          source: { path: "chart" },
        },
      ]),
  },
  {
    id: "PT-10",
    about: "Jsonnet's importstr reads any file",
    input: "m.jsonnet with importstr of a secret and std.extVar",
    async play(stand) {
      const shots: [Shot, string][] = [
        [
          { files: { "m/m.jsonnet": `{a: importstr "${stand.outside}"}` }, source: { path: "m" } },
          "is absolute",
        ],
        [
          {
            files: { "m/m.jsonnet": `{a: importstr "../../secret"}` },
            source: { path: "m", directory: { jsonnet: { libs: ["/etc"] } } },
          },
          "it leads out of the repository",
        ],
        [
          { files: { "m/m.jsonnet": 'std.extVar("HOME")' }, source: { path: "m" } },
          "Undefined external variable",
        ],
      ];
      for (const [shot, says] of shots) {
        const shown = await stand.render(shot);
        must(shown.is === "refused" && shown.words.includes(says), JSON.stringify(shown));
      }
      return "refused by the evaluator, which has neither the environment nor files of others";
    },
  },
  {
    id: "PT-11",
    about: "Flux audit 2021, 17: names are compared by case in one place and not in another",
    input: "A.yaml, a.yaml and K.YML in one folder, by git over HTTP and by the renderer, twice",
    async play(stand) {
      const files = {
        "m/A.yaml": configMap("upper"),
        "m/a.yaml": configMap("lower"),
        "m/K.YML": configMap("loud"),
      };
      const url = await stand.git.createRepo("case", files);
      const texts: string[] = [];
      for (const systemGit of [Bun.which("git") ?? undefined, undefined]) {
        const git = makeGit(join(stand.dir, `case-${systemGit === undefined}`), { systemGit });
        const { commit } = await git.resolve({ url }, "main", { freshness: "latest" });
        const shown = await stand.renderTree(await git.tree({ url }, commit), { path: "m", directory: {} });
        must(shown.is === "rendered", JSON.stringify(shown));
        texts.push(shown.text);
        await git.stop();
      }
      mustEqual(texts[0], texts[1], "what one road and the other give");
      const names = ["upper", "lower", "loud"].filter((name) => texts[0]?.includes(`name: ${name} `));
      mustEqual(names, ["upper", "lower"], "what was rendered");
      return "both files that differ by case, on both roads, the same twice; endings count as they are written";
    },
  },
];

/** A repository with hostile links, made by git and fetched from a server by both roads. */
async function linksByGit(stand: Stand): Promise<string> {
  const url = await stand.git.createRepo("links", {
    "m/a.yaml": configMap("a"),
    "m/secret.yaml": { link: stand.outside },
    "n/environ.yaml": { link: "/proc/self/environ" },
  });
  const ends: string[] = [];
  for (const systemGit of [Bun.which("git") ?? undefined, undefined]) {
    const git = makeGit(join(stand.dir, `links-${systemGit === undefined}`), { systemGit });
    const { commit } = await git.resolve({ url }, "main", { freshness: "latest" });
    for (const path of ["m", "n"]) {
      const shown = await stand.renderTree(await git.tree({ url }, commit), { path });
      must(shown.is === "refused", `${path} was rendered`);
      ends.push(shown.code);
    }
    await git.stop();
  }
  return tally(ends);
}
