import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { templateEngine } from "../../../test/lib/template-engine.ts";
import type { Filled, ParameterSet, TemplateEngine } from "../../core/ports/template-engine.ts";

let started: Awaited<ReturnType<typeof templateEngine>>;
let engine: TemplateEngine;
beforeAll(async () => {
  started = await templateEngine();
  engine = started.engine;
});
afterAll(() => started.remove());

const SET: ParameterSet = {
  name: "Team_A/Web",
  n: 3,
  labels: { b: "2", a: "1" },
  list: ["x", "y"],
  path: { path: "apps/web", segments: ["apps", "web"] },
  text: "{{ .name }}",
};

async function filled(text: string, set = SET, options: string[] = []): Promise<string> {
  const [[[one] = []] = []] = await engine.fill([{ texts: [text], sets: [set] }], options);
  return said(one);
}
const said = (one: Filled | undefined): string =>
  one?.is === "filled" ? one.text : `! ${one?.line ?? "-"} ${one?.why}`;

describe("a Go template becomes", () => {
  test.each([
    ["{{ .name }}", "Team_A/Web"],
    ["{{ .name | lower }}", "team_a/web"],
    ["{{ .name | normalize }}", "team-a-web"],
    ["{{ slugify .name }}", "team-a-web"],
    ["{{ slugify 7 .name }}", "team-a"],
    ["{{ slugify 8 false .name }}", "team-a-w"],
    ["{{ slugify 8 true .name }}", "team-a"],
    ["{{ slugify 2 true .name }}", "te"],
    ["{{ .name | slugify 6 true }}", "team-a"],
    ["{{ toYaml .labels }}", 'a: "1"\nb: "2"'],
    ["x:\n{{- toYaml .labels | nindent 2 }}", 'x:\n  a: "1"\n  b: "2"'],
    ['{{ (fromYaml "a: {b: 7}").a.b }}', "7"],
    ['{{ index (fromYamlArray "[p, q]") 1 }}', "q"],
    ["{{ index .path.segments 1 }}", "web"],
    ['{{ index .labels "a" }}', "1"],
    ['{{ .none | default "d" }}', "d"],
    ["{{ if or (eq .n 3.0) false }}three{{ else }}more{{ end }}", "three"],
    ['{{ trimPrefix "Team_" .name }}', "A/Web"],
    ["{{ range .list }}{{ . }};{{ end }}", "x;y;"],
    ["{{ .list | toJson }}", '["x","y"]'],
    ['{{ dig "labels" "c" "no" . }}', "no"],
    ['{{ join "," .list | quote }}', '"x,y"'],
    // What a parameter holds is a text, whatever it looks like.
    ["{{ .text }}", "{{ .name }}"],
    ["no action", "no action"],
    ["{{ .none }}", "<no value>"],
    ['{{ html "<a>" }}', "&lt;a&gt;"],
  ])("%s", async (text, want) => {
    expect(await filled(text)).toBe(want);
  });

  test("what missingkey says of a name that is not there", async () => {
    expect(await filled("a\n{{ .none }}", SET, ["missingkey=error"])).toBe(
      '! 2 at <.none>: map has no entry for key "none"',
    );
    expect(await filled("{{ .none }}", SET, ["missingkey=invalid"])).toBe("<no value>");
  });
});

describe("what is wrong names its line:", () => {
  test.each([
    ["a\nb {{ .name | nofunction }}", '! 2 function "nofunction" not defined'],
    ["{{ if }}", "! 1 missing value for if"],
    ['a\n\n{{ fail "not like this" }}', '! 3 at <fail "not like this">: error calling fail: not like this'],
    ["{{ index .list 9 }}", "! 1 at <index .list 9>: error calling index: index out of range: 9"],
    ["{{ slugify }}", "! 1 at <slugify>: error calling slugify: slugify wants a length"],
    ['{{ fromYaml "a: [" }}', "! 1 at <fromYaml"],
  ])("%s", async (text, want) => {
    expect(await filled(text)).toStartWith(want);
  });
});

test.each(["env", "expandenv", "getHostByName", "include", "tpl", "lookup", "readFile"])(
  "there is no function %s",
  async (name) => {
    expect(await filled(`{{ ${name} "HOME" }}`)).toBe(`! 1 function "${name}" not defined`);
  },
);

describe("a template that would take everything is an error of its own:", () => {
  test.each([
    ["counts to a billion", "{{ until 1000000000 }}", "counts more than 1000000"],
    ["repeats a billion times", '{{ repeat 1000000000 "x" }}', "repeats or counts more"],
    ["is wide", '{{ printf "%1000000000d" 1 }}', "repeats or counts more"],
    ["indents by a billion", '{{ indent 1000000000 "x" }}', "repeats or counts more"],
    [
      "replaces nothing by much",
      '{{ replace "" (repeat 999999 "b") (repeat 999999 "a") }}',
      "repeats or counts",
    ],
    ["doubles a text", '{{ $x := "ab" }}{{ range until 60 }}{{ $x = print $x $x }}{{ end }}', "4 MiB"],
    ["doubles a list", "{{ $x := list 1 }}{{ range until 60 }}{{ $x = list $x $x }}{{ end }}", "4 MiB"],
    ["holds itself", '{{ $d := dict }}{{ $_ := set $d "a" $d }}{{ $d }}', "holds itself"],
    [
      "prints without an end",
      "{{ range until 99999 }}{{ range until 99999 }}xxxx{{ end }}{{ end }}",
      "more than 1048576 bytes",
    ],
    [
      "calls itself",
      '{{ define "a" }}{{ template "a" }}{{ end }}{{ template "a" }}',
      "maximum template depth",
    ],
  ])("it %s", async (_, text, why) => {
    expect(await filled(text)).toContain(why);
  });

  test("and one that loops, in one of its sets, keeps no other set and no other text", async () => {
    const loops = "{{ range until (int .n) }}{{ range until (int $.n) }}{{ end }}{{ end }}{{ .name }}";
    const sets = [1, 1_000_000, 2].map((n) => ({ n, name: `n${n}` }));
    const [answers = []] = await engine.fill([{ texts: [loops, "{{ .name }}"], sets }], []);
    expect(answers.map((each) => said(each[1]))).toEqual(["n1", "n1000000", "n2"]);
    expect(answers.map((each) => said(each[0]))).toEqual([
      "n1",
      expect.stringContaining("it takes too long"),
      "n2",
    ]);
  }, 120_000);
});

test("what a text does to its parameters, no other text sees", async () => {
  const texts = [
    '{{ $_ := set . "name" "other" }}{{ .name }}',
    "{{ .name }}",
    '{{ mergeOverwrite .labels (dict "a" "9") }}',
    "{{ .labels.a }}",
  ];
  const [[answers = []] = []] = await engine.fill([{ texts, sets: [SET] }], []);
  expect(answers.map(said)).toEqual(["other", "Team_A/Web", "map[a:9 b:2]", "1"]);
});

test("more than one run may print is asked for by halves", async () => {
  const sets = Array.from({ length: 80 }, (_, index) => ({ name: `${index}:` }));
  const [answers = []] = await engine.fill([{ texts: ['{{ .name }}{{ repeat 1000000 "x" }}'], sets }], []);
  expect(answers.map(([one]) => said(one).split(":")[0])).toEqual(sets.map((_, index) => String(index)));
}, 120_000);

test("who asks beside another shares its run, and gets his own answers", async () => {
  const one = engine.fill([{ texts: ["{{ .a }}"], sets: [{ a: 1 }, { a: 2 }] }], []);
  const two = engine.fill(
    [
      { texts: ["{{ .a }}!"], sets: [{ a: 3 }] },
      { texts: ["{{ .a }}?"], sets: [] },
    ],
    [],
  );
  const other = engine.fill([{ texts: ["{{ .b }}"], sets: [{ a: 4 }] }], ["missingkey=error"]);
  expect((await one).map((job) => job.map(([each]) => said(each)))).toEqual([["1", "2"]]);
  expect((await two).map((job) => job.map(([each]) => said(each)))).toEqual([["3!"], []]);
  expect(said((await other)[0]?.[0]?.[0])).toContain("no entry for key");
});
