import { describe, expect, test } from "bun:test";
import { parseYaml } from "../../lib/yaml.ts";
import { parseApplication } from "./parse-application.ts";
import { showProblem } from "./problem.ts";

const GUESTBOOK = `apiVersion: argoproj.io/v1alpha1
kind: Application
metadata:
  name: guestbook
spec:
  project: default
  source: {repoURL: https://git.example.com/apps.git, path: guestbook, targetRevision: HEAD}
  destination: {server: https://kubernetes.default.svc, namespace: guestbook}
`;

function parse(text: string) {
  return parseApplication(parseYaml(text).documents[0]!.value, { homeNamespace: "argocd" });
}
const withSpec = (text: string) =>
  `apiVersion: argoproj.io/v1alpha1\nkind: Application\nmetadata: {name: a}\nspec:\n  destination: {name: x}\n${text.replace(/^/gm, "  ")}\n`;
const SOURCE = "source: {repoURL: x, path: p}\n";

describe("parseApplication()", () => {
  test("takes an application as it is written, and fills in the home namespace", () => {
    const parsed = parse(GUESTBOOK);
    expect(parsed).toMatchObject({
      ok: true,
      warnings: [],
      value: {
        metadata: { name: "guestbook", namespace: "argocd" },
        spec: { source: { path: "guestbook" } },
      },
    });
  });
  test("an application keeps its own namespace, unknown fields, status and operation", () => {
    const parsed = parse(
      `${GUESTBOOK.replace("name: guestbook", "name: guestbook\n  namespace: team")}  later: {a: [1]}\nstatus: {sync: {status: Synced}}\noperation: {sync: {prune: true}}\n`,
    );
    expect(parsed).toMatchObject({
      ok: true,
      value: {
        metadata: { namespace: "team" },
        spec: { later: { a: [1] } },
        status: { sync: { status: "Synced" } },
        operation: { sync: { prune: true } },
      },
      warnings: [{ severity: "warning", path: "spec.later", object: "Application team/guestbook" }],
    });
  });
  test("no project, and an empty one, are the default project", () => {
    expect(parse(withSpec(SOURCE))).toMatchObject({ ok: true, value: { spec: { project: "default" } } });
    expect(parse(withSpec(`${SOURCE}project: ""`))).toMatchObject({
      ok: true,
      value: { spec: { project: "default" } },
    });
  });
  test("sources win over a source beside them, which is said; so is a name that two of them bear", () => {
    const several = "sources:\n- {repoURL: x, path: p, name: one}\n- {repoURL: z, path: q, name: one}\n";
    expect(parse(withSpec(`${SOURCE}${several}`))).toMatchObject({
      ok: true,
      warnings: [
        { path: "spec.source", text: "is not read, because spec.sources is there" },
        {
          path: "spec.sources[1].name",
          text: expect.stringContaining("is also the name of spec.sources[0]"),
        },
      ],
    });
    expect(parse(withSpec(`${SOURCE}sources: []\n`))).toMatchObject({ ok: true, warnings: [] });
    expect(parse(withSpec("sources: []\n"))).toMatchObject({
      ok: false,
      problems: [{ path: "spec.source", text: "an application needs a source, or sources" }],
    });
  });
  test("null is absent: automated without a value is off", () => {
    const parsed = parse(withSpec(`${SOURCE}syncPolicy:\n  automated:`));
    expect(parsed.ok && parsed.value.spec.syncPolicy).toEqual({});
  });
  test("nulls inside values are the user's", () => {
    const parsed = parse(withSpec("source: {repoURL: x, path: p, helm: {valuesObject: {a: null}}}"));
    expect(parsed.ok && parsed.value.spec.source?.helm?.valuesObject).toEqual({ a: null });
  });
  test("a source that is only a ref needs no path", () => {
    expect(parse(withSpec("sources: [{repoURL: x, ref: values}, {repoURL: x, path: p}]")).ok).toBe(true);
  });

  const refused: [name: string, spec: string, problem: string][] = [
    ["no source", "info: []", "spec.source: an application needs a source, or sources"],
    ["a source without a repository", "source: {path: p}", "spec.source.repoURL: this field is required"],
    ...["https://ci:hunter2@git.example.com/a", "https://ghp_0123456789@github.com/o/r"].map(
      (url): [string, string, string] => [
        `an address that tells a secret, ${url}`,
        `source: {repoURL: "${url}", path: p}`,
        "spec.source.repoURL: holds a password, which everybody would read who may see the application. Name username and password for this address under repositories in the config, and write it here without",
      ],
    ),
    ...[
      "source: {repoURL: 'oci://ci@r.example.com/a', path: p, targetRevision: '1'}",
      "source: {repoURL: ci@r.example.com/a, chart: z, targetRevision: '1'}",
    ].map((text): [string, string, string] => [
      "who asks in a registry's address",
      text,
      "spec.source.repoURL: names who asks, for which an address of a registry has no place. Name username and password for this address under repositories in the config, and write it here without",
    ]),
    [
      "a source without a path",
      "source: {repoURL: x}",
      'spec.source.path: a source needs a path, or a chart. Write path: "." for the root of the repository',
    ],
    [
      "path and chart",
      "source: {repoURL: x, path: p, chart: z, targetRevision: '1'}",
      "spec.source: names both a chart and a path. Remove one of them",
    ],
    [
      "a chart without a version",
      "source: {repoURL: x, chart: z}",
      "spec.source.targetRevision: is required for a chart",
    ],
    [
      "two tools",
      "source: {repoURL: x, path: p, helm: {releaseName: a}, kustomize: {namePrefix: a}}",
      "spec.source: names several tools: helm, kustomize. Keep one of them",
    ],
    [
      "a value file that is a number",
      "source: {repoURL: x, path: p, helm: {valueFiles: [7]}}",
      "spec.source.helm.valueFiles[0]: must be a string, not the number 7. Put it in quotes",
    ],
    [
      "a value file list that is a string",
      "source: {repoURL: x, path: p, helm: {valueFiles: a.yaml}}",
      "spec.source.helm.valueFiles: must be a list, not a string",
    ],
    [
      "a revision that YAML reads as a number",
      "source: {repoURL: x, path: p, targetRevision: 1.10}",
      "spec.source.targetRevision: must be a string, not the number 1.1. Put it in quotes",
    ],
    [
      "a quoted flag",
      `${SOURCE}syncPolicy: {automated: {prune: "true"}}`,
      "spec.syncPolicy.automated.prune: must be true or false, not a string. Remove the quotes",
    ],
    [
      "a source of a list that is wrong",
      "sources: [{repoURL: x, path: p}, {repoURL: x, path: [z]}]",
      "spec.sources[1].path: must be a string, not a list",
    ],
    [
      "two sources of one ref",
      "sources: [{repoURL: x, ref: v}, {repoURL: r, ref: v}]",
      "spec.sources[1].ref: is also the ref of spec.sources[0]. Give it another name",
    ],
    [
      "a duration that is none",
      `${SOURCE}syncPolicy: {retry: {backoff: {duration: soon}}}`,
      "spec.syncPolicy.retry.backoff.duration: is no duration. Write it like 5s, 1m30s or 2h",
    ],
    [
      "a factor of nothing",
      `${SOURCE}syncPolicy: {retry: {backoff: {factor: 0}}}`,
      "spec.syncPolicy.retry.backoff.factor: must be 1 or more",
    ],
    [
      "a rule without a kind",
      `${SOURCE}ignoreDifferences: [{group: apps}]`,
      "spec.ignoreDifferences[0].kind: this field is required",
    ],
    [
      "a pointer without its slash",
      `${SOURCE}ignoreDifferences: [{kind: X, jsonPointers: [spec.replicas]}]`,
      "spec.ignoreDifferences[0].jsonPointers[0]: a JSON pointer begins with /. Write /spec/replicas",
    ],
    [
      "a path in the place of a pointer",
      `${SOURCE}ignoreDifferences: [{kind: X, jsonPointers: [.spec.replicas]}]`,
      "spec.ignoreDifferences[0].jsonPointers[0]: a JSON pointer begins with /. Write /spec/replicas",
    ],
    [
      "a hydrator",
      "sourceHydrator: {drySource: {}}",
      "spec.sourceHydrator: is not supported yet. Use spec.source",
    ],
    [
      "a long release name",
      `source: {repoURL: x, path: p, helm: {releaseName: ${"r".repeat(54)}}}`,
      "spec.source.helm.releaseName: is longer than 53 characters",
    ],
  ];
  test.each(refused)("refuses %s", (_, spec, want) => {
    const parsed = parse(withSpec(spec));
    expect(parsed.ok).toBe(false);
    expect(
      !parsed.ok && parsed.problems.map(({ object: _object, ...problem }) => showProblem(problem)),
    ).toEqual([want]);
  });

  test.each<[string, string]>([
    ["{server: x, name: c}", "spec.destination: can't have both name and server defined. Remove one of them"],
    ["{namespace: z}", "spec.destination: needs a server or the name of a cluster"],
  ])("refuses the destination %s", (destination, want) => {
    const parsed = parse(GUESTBOOK.replace(/destination: .*/, `destination: ${destination}`));
    expect(!parsed.ok && parsed.problems.map(({ object: _, ...problem }) => showProblem(problem))).toEqual([
      want,
    ]);
  });

  test("reports every problem at once, errors first", () => {
    const parsed = parse(
      "apiVersion: argoproj.io/v1\nkind: App\nmetadata: {name: x}\nspec:\n  destinatoin: {}\n  source: {path: 1}\n",
    );
    expect(!parsed.ok && parsed.problems.map(({ path, severity, fix }) => [path, severity, fix])).toEqual([
      ["apiVersion", "error", undefined],
      ["kind", "error", undefined],
      ["spec.destination", "error", undefined],
      ["spec.source.repoURL", "error", undefined],
      ["spec.source.path", "error", "Put it in quotes"],
      ["spec.destinatoin", "warning", "Did you mean destination?"],
    ]);
  });
  test.each([["Upper"], ["a_b"], ["-a"], ["a".repeat(254)]])("refuses the name %p", (name) => {
    expect(parse(GUESTBOOK.replace("name: guestbook", `name: ${name}`))).toMatchObject({
      ok: false,
      problems: [{ path: "metadata.name" }],
    });
  });
  test("an unknown sync option is a warning with the nearest one", () => {
    expect(
      parse(withSpec(`${SOURCE}syncPolicy: {syncOptions: [CreateNamespaces=true, Prune=false]}`)),
    ).toMatchObject({
      ok: true,
      warnings: [{ path: "spec.syncPolicy.syncOptions[0]", fix: "Did you mean CreateNamespace=true?" }],
    });
  });
  test.each([
    ["Prune=no", "Write Prune=true, Prune=false or Prune=confirm"],
    ["ApplyOutOfSyncOnly", "Write ApplyOutOfSyncOnly=true or ApplyOutOfSyncOnly=false"],
    ["PruneLast=ture", "Did you mean PruneLast=true?"],
    ["serverSideApply=true", "Did you mean ServerSideApply=true?"],
    ["PrunePropagationPolicy=forground", "Did you mean PrunePropagationPolicy=foreground?"],
    ["Nonsense=1", "Remove it"],
  ])("the option %s is told what it may be", (option, fix) => {
    const parsed = parse(withSpec(`${SOURCE}syncPolicy: {syncOptions: ["${option}"]}`));
    expect(parsed).toMatchObject({ ok: true, warnings: [{ path: "spec.syncPolicy.syncOptions[0]", fix }] });
  });
  test("options that contradict each other are a warning that names them, and one that is doubled is none", () => {
    const policy = "syncPolicy: {syncOptions: [Replace=true, Prune=false, Prune=false, Replace=false]}";
    expect(parse(withSpec(`${SOURCE}${policy}`))).toMatchObject({
      ok: true,
      warnings: [{ text: 'the options "Replace=true" and "Replace=false" contradict each other' }],
    });
  });
  test.each([
    ["resources-finalizer.argocd.argoproj.io/foregrund", "/foreground?"],
    ["resource-finalizer.argocd.argoproj.io", "Did you mean resources-finalizer.argocd.argoproj.io?"],
    ["resources-finalizer.argocd.argoproj.io/background", undefined],
    ["post-delete-finalizer.argocd.argoproj.io/cleanup", undefined],
    ["foregroundDeletion", undefined],
  ])("a finalizer that leaves objects by a slip is a warning: %s", (finalizer, fix) => {
    const parsed = parseApplication(
      {
        apiVersion: "argoproj.io/v1alpha1",
        kind: "Application",
        metadata: { name: "web", finalizers: [finalizer] },
        spec: { source: { repoURL: "https://git.example.com/a.git", path: "." }, destination: { name: "a" } },
      },
      { homeNamespace: "argocd" },
    );
    const { warnings } = parsed as { warnings: { path: string; fix: string }[] };
    expect(warnings.map((one) => [one.path, one.fix])).toEqual(
      fix === undefined ? [] : [["metadata.finalizers[0]", expect.stringContaining(fix)]],
    );
  });
  test.each([[null], [[]], ["x"], [7]])("refuses %p altogether", (value) => {
    expect(parseApplication(value, { homeNamespace: "argocd" }).ok).toBe(false);
  });
});
