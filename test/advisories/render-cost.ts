/** Sources that are small and cost much. */
import { gzipSync } from "node:zlib";
import { parseManifests } from "../../src/core/manifest/parse-manifests.ts";
import type { RenderedDocument } from "../../src/core/model/desired-object.ts";
import { Failure } from "../../src/core/model/failure.ts";
import { ChildrenMemory } from "../lib/children-memory.ts";
import { applicationOf, askFor, renderHost } from "../lib/render-host.ts";
import { sourceFolder } from "../lib/source-folder.ts";
import { DEAR_MS } from "./controls.ts";
import { CHART } from "./render-paths.ts";
import { must, mustEqual, NotHeld, type Row, tally } from "./row.ts";
import { configMap, type Shot, type Stand } from "./stand.ts";
import { costOf, growthOf } from "./witnesses.ts";

/** A tool may map so much and no more. */
const CHILD_BYTES = 4 * 2 ** 30;
/** As far as this process may grow by one text. */
const TEXT_BYTES = 512 * 2 ** 20;

/** A folder of one file, rendered and read as the engine does. @returns objects, or what is wrong */
async function readOne(stand: Stand, text: string): Promise<{ objects: unknown[]; wrong: string }> {
  const folder = sourceFolder({ "m/x.yaml": text });
  try {
    const { documents } = await stand.host.renderers.render(
      askFor(applicationOf({ path: "m" }), await folder.tree()),
    );
    return read(documents);
  } catch (cause) {
    if (cause instanceof Failure) return { objects: [], wrong: cause.why };
    throw cause;
  } finally {
    folder.dispose();
  }
}

function read(documents: { source: number; documents: RenderedDocument[] }[]): {
  objects: unknown[];
  wrong: string;
} {
  const { manifests, problems } = parseManifests(documents, { validate: "repair" });
  const [wrong] = problems.filter(({ severity }) => severity === "error");
  return { objects: manifests.map(({ object }) => object), wrong: wrong?.text ?? "" };
}

/** Reads each text, which must cost little and end as a sentence. @returns the sentences */
async function cheap(
  stand: Stand,
  texts: Record<string, string>,
  end: "refused" | "either" = "refused",
): Promise<string> {
  const said: string[] = [];
  for (const [name, text] of Object.entries(texts)) {
    let result: Awaited<ReturnType<typeof readOne>> = { objects: [], wrong: "" };
    let cost = 0;
    const growth = await growthOf(process.pid, async () => {
      cost = await costOf(async () => (result = await readOne(stand, text)));
    });
    if (cost > DEAR_MS) throw new NotHeld(`${name} costs ${Math.round(cost)} ms of processor`);
    if (growth > TEXT_BYTES) throw new NotHeld(`${name} takes ${growth >> 20} MiB`);
    if (end === "refused") must(result.wrong !== "", `${name} is taken: ${result.objects.length} objects`);
    said.push(
      result.wrong === ""
        ? `${name}: read for ${result.objects.length} objects`
        : `${name}: ${result.wrong.slice(0, 60)}`,
    );
  }
  return said.join("; ");
}

const object = (data: string): string =>
  `apiVersion: v1\nkind: ConfigMap\nmetadata: { name: c }\ndata:\n${data}\n`;
const laughs = Array.from(
  { length: 30 },
  (_, i) =>
    `  a${i}: &a${i} [${
      i === 0
        ? "x"
        : Array(9)
            .fill(`*a${i - 1}`)
            .join(",")
    }]`,
).join("\n");

export const RENDER_COST: readonly Row[] = [
  {
    id: "DS-1",
    about: "Argo CD CVE-2022-31016: a manifest that is larger than the memory for it",
    input: "10 MiB and a byte, 20,000 documents, one line of 40 MB, values that nest 100,000 deep",
    play: (stand) =>
      cheap(stand, {
        "10 MiB and a byte": object(`  a: "${"x".repeat(10 * 2 ** 20)}"`),
        "20,000 documents": `${configMap("c")}---\n`.repeat(20_000),
        "a line of 40 MB": object(`  a: ${"x".repeat(40_000_000)}`),
        "depth 100,000": object(`  a: ${"[".repeat(100_000)}`),
      }),
  },
  {
    id: "DS-2",
    about: "YAML bombs: js-yaml CVE-2026-53550 and others, aliases, merges, depth, tags that make code",
    input:
      "aliases of aliases, a merge of merges, a circle, flow and block depth, a key of a megabyte, quadratic scalars, !!js/function",
    async play(stand) {
      const refused = await cheap(stand, {
        "a billion laughs": object(laughs),
        "merges of merges": object(
          Array.from(
            { length: 60 },
            (_, i) => `  m${i}: &m${i} { k${i}: 1${i === 0 ? "" : `, <<: [*m${i - 1}, *m${i - 1}]`} }`,
          ).join("\n") + "\n  n: *m59\n".repeat(2000),
        ),
        circle: object("  a: &a [*a]"),
        "flow depth": object(`  a: ${"{a: ".repeat(50_000)}`),
        "block depth": object(Array.from({ length: 3_000 }, (_, i) => `${" ".repeat(i + 2)}a:`).join("\n")),
        "a million items": object(`  a: [${"1,".repeat(1_000_000)}]`),
      });
      const other = await cheap(
        stand,
        {
          "a key of a megabyte": object(`  ${"k".repeat(1_000_000)}: v`),
          "open quotes": object(`  a: ${'"'.repeat(200_001)}`),
          "spaces before comments": object(`  a: x${" ".repeat(200_000)}#`.repeat(10)),
          "a number without end": object(`  a: ${"9".repeat(500_000)}`),
          "code in a tag": object('  a: !!js/function "function () { globalThis.polluted = 1 }"'),
          "binary in a tag": object(`  a: !!binary "${"A".repeat(400_000)}"`),
        },
        "either",
      );
      return `${refused}; ${other}`;
    },
  },
  {
    id: "DS-3",
    about:
      "Helm CVE-2025-32386, -32387, -55198, -2022-36055, -2024-26147: packages, schemas and templates without end or shape",
    input:
      "a package of 1 to 1,000, a schema of itself, output of gigabytes, a loop without end, recursion, null where a map is",
    async play(stand) {
      const deep = `{"type":"object","properties":{"a":${'{"allOf":['.repeat(2_000)}{}${"]}".repeat(2_000)}}}`;
      const charts: Record<string, Shot["files"]> = {
        "a package that unpacks to 600 MB": {
          "chart/charts/bomb-1.0.0.tgz": gzipSync(new Uint8Array(600 * 2 ** 20)),
        },
        "a schema of itself": { "chart/values.schema.json": '{"$ref": "#"}' },
        "a deep schema": { "chart/values.schema.json": deep },
        "output of gigabytes": {
          "chart/templates/x.yaml": '{{ range until 400 }}{{ repeat 1000000 "# 123456789\\n" }}{{ end }}',
        },
        "a loop without end": { "chart/templates/x.yaml": "{{ range until 1000000000 }}{{ end }}" },
        "a template of itself": {
          "chart/templates/x.yaml": '{{ define "a" }}{{ include "a" . }}{{ end }}{{ include "a" . }}',
        },
        "null values": {
          "chart/values.yaml": "null\n",
          "chart/Chart.yaml": "apiVersion: v2\nname: web\nversion: 1.0.0\ndependencies: [null]\n",
        },
        "a Chart.yaml that is a list": { "chart/Chart.yaml": "- a\n" },
        "an index of a plugin": {
          "chart/plugin.yaml": "name: x\nversion: ../../x\n",
          "chart/charts/x/plugin.yaml": "name: x\n",
        },
      };
      const host = await renderHost(stand.tools, { timeoutMs: 5_000 });
      const children = new ChildrenMemory(process.pid);
      const ends: string[] = [];
      for (const [name, files] of Object.entries(charts)) {
        const shown = await stand.render({ files: { ...CHART, ...files }, source: { path: "chart" } }, host);
        const peak = children.take();
        if (peak > CHILD_BYTES) throw new NotHeld(`${name}: a child took ${Math.round(peak / 2 ** 20)} MiB`);
        const words = shown.is === "refused" ? shown.code : "rendered";
        must(words !== "rendered" || !/without end|unpacks|gigabytes/.test(name), `${name} was rendered`);
        ends.push(`${name}: ${words}`);
      }
      children.stop();
      host.remove();
      return ends.join("; ");
    },
  },
  {
    id: "DS-4",
    about: "kustomizations that never end, or run plugins",
    input: "a chain of 100 bases, 2^20 bases by twos, a circle of three, exec plugins and functions",
    async play(stand) {
      const chain = Object.fromEntries(
        Array.from({ length: 100 }, (_, i) => [`b${i}/kustomization.yaml`, `resources: [../b${i + 1}]\n`]),
      );
      const twos: Record<string, string> = { "b20/kustomization.yaml": "resources: []\n" };
      for (let i = 0; i < 20; i++) {
        twos[`b${i}/kustomization.yaml`] = `resources: [../b${i + 1}, ../c${i}]\n`;
        twos[`c${i}/kustomization.yaml`] = `resources: [../b${i + 1}]\nnameSuffix: -c\n`;
      }
      const run = (path: string): string =>
        `generators: ['{"apiVersion": "example.com/v1", "kind": "Run", "metadata": {"name": "x", "annotations": {"config.kubernetes.io/function": "exec: {path: ${path}}"}}}']\n`;
      const host = await renderHost(stand.tools, { timeoutMs: 5_000 });
      const ends: string[] = [];
      const shots: Record<string, string>[] = [
        chain,
        twos,
        {
          "b0/kustomization.yaml": "resources: [../b1]\n",
          "b1/kustomization.yaml": "resources: [../b2]\n",
          "b2/kustomization.yaml": "resources: [../b0]\n",
        },
        { "b0/kustomization.yaml": run("./run.sh"), "b0/run.sh": `#!/bin/sh\n: > ${stand.marker.path}\n` },
      ];
      for (const files of shots) {
        const shown = await stand.render({ files, source: { path: "b0" } }, host);
        must(shown.is === "refused", `it was rendered: ${JSON.stringify(files).slice(0, 200)}`);
        ends.push(
          shown.ran.includes("kustomize") ? `${shown.code} in the jail` : `${shown.code} before the tool`,
        );
      }
      host.remove();
      return `refused: ${tally(ends)}`;
    },
  },
  {
    id: "PF-1",
    about: "a manifest means one thing to kubectl and another to the reader that permits it",
    input: "0644, yes, 012, 1e3, 12:30:45, a date, a large number, a merge key, a key that stands twice",
    async play(stand) {
      const { objects, wrong } = await readOne(
        stand,
        "apiVersion: v1\nkind: X\nmetadata: { name: c }\nbase: &b { x: 1 }\nspec: { <<: *b, mode: 0644, yes: yes, on: on, text: 12:30:45, day: 2026-11-28, exp: 1e3, octal: 0o17, big: 9007199254740993, tilde: ~ }\n",
      );
      mustEqual(wrong, "", "what is wrong with it");
      const { spec } = objects[0] as { spec: Record<string, unknown> };
      // As `kubectl create --dry-run=client -o json` prints it.
      const kubectl =
        '{"x":1,"mode":420,"true":true,"text":"12:30:45","day":"2026-11-28","exp":1000,"octal":15,"tilde":null}';
      const { big, ...rest } = spec;
      mustEqual({ ...rest }, JSON.parse(kubectl), "what it means");
      mustEqual(String(big), "9007199254740993", "the large number");
      return "as go-yaml reads it: 420, true, text, text, 15, no digit lost";
    },
  },
  {
    id: "SC-5",
    about: "prototype pollution: a key __proto__ in a document becomes a field of every object",
    input:
      "__proto__ and constructor.prototype in manifests, values, parameters, kustomizations, patches and Applications",
    async play(stand) {
      const evil = '{"__proto__": {"polluted": true}, "constructor": {"prototype": {"polluted": true}}}';
      const values = JSON.parse(evil) as Record<string, unknown>;
      const shots: Shot[] = [
        {
          files: { ...CHART, "chart/values.yaml": `a: ${evil}\n__proto__: { polluted: true }\n` },
          source: { path: "chart", helm: { valuesObject: values } },
        },
        {
          files: CHART,
          source: {
            path: "chart",
            helm: { values: evil, parameters: [{ name: "__proto__.polluted", value: "true" }] },
          },
        },
        {
          files: { "a/kustomization.yaml": `commonAnnotations: ${evil}\n__proto__: { resources: [x] }\n` },
          source: { path: "a" },
        },
        {
          files: { "a/kustomization.yaml": "resources: [c.yaml]\n", "a/c.yaml": configMap("c") },
          source: { path: "a", kustomize: { commonAnnotations: JSON.parse('{"__proto__": "x"}') } },
        },
      ];
      const ends: string[] = [];
      for (const shot of shots) ends.push((await stand.render(shot)).is);
      const { objects } = await readOne(
        stand,
        `apiVersion: v1\nkind: ConfigMap\nmetadata: { name: c, annotations: ${evil} }\ndata: { __proto__: x }\n__proto__: { polluted: true }\n`,
      );
      must(!("polluted" in {}), "every object has a field of the attacker's");
      ends.push(objects.length === 0 ? "refused" : "read as a key like others");
      return tally(ends);
    },
  },
];
