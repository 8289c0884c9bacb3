/**
 * Cases of test/golden/render against the tools themselves, by the commands that Argo CD runs for each option, written
 * out by hand: what is rendered here is equal to what plain Helm and kustomize make, object by object.
 */
import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { cpSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Application } from "../../src/core/model/application.ts";
import { parseYaml, printYaml } from "../../src/lib/yaml.ts";
import { renderOffline } from "../../src/render/offline.ts";
import { builtToolSet, CLUSTER, npmToolSets, renderHost, type ToolSet } from "../lib/render-host.ts";

const golden = join(import.meta.dir, "../golden/render");
const built = builtToolSet();
if (built === undefined) throw new Error("kustomize is not built: run test/controlplane/build.sh");
const npm = await npmToolSets();

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), "holdfast-plain-"));
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

const objectsIn = (text: string): unknown[] =>
  parseYaml(text)
    .documents.map(({ value }) => value)
    .filter((value) => value !== null && value !== undefined);

async function ours(name: string, tools: ToolSet): Promise<unknown[]> {
  const host = await renderHost(tools);
  try {
    const at = join(golden, name);
    const app = parseYaml(await Bun.file(join(at, "app.yaml")).bytes()).documents[0]?.value as Application;
    const refs = readdirSync(at).filter((one) => one.startsWith("ref-"));
    const folders = {
      folder: join(at, "source"),
      folderByRef: Object.fromEntries(refs.map((one) => [one.slice("ref-".length), join(at, one)])),
    };
    const { documents } = await renderOffline(host.renderers, app, folders, CLUSTER);
    return documents.flatMap((of) => of.documents).flatMap(({ text }) => objectsIn(text));
  } finally {
    host.remove();
  }
}

async function run(program: string, argv: readonly string[], cwd: string): Promise<string> {
  const child = Bun.spawn([program, ...argv], { cwd, env: { HOME: dir }, stdout: "pipe", stderr: "pipe" });
  const [out, error, code] = await Promise.all([
    new Response(child.stdout).text(),
    new Response(child.stderr).text(),
    child.exited,
  ]);
  if (code !== 0) throw new Error(`${program} ${argv.join(" ")}: ${error}`);
  return out;
}
/** By kind and name: a tool's own order is not what is compared. */
const sorted = (objects: readonly unknown[]): string[] =>
  objects.map((object) => JSON.stringify(object, Object.keys(flat(object)).sort())).sort();
function flat(value: unknown, into: Record<string, true> = {}): Record<string, true> {
  if (Array.isArray(value)) for (const one of value) flat(one, into);
  else if (typeof value === "object" && value !== null)
    for (const [key, inner] of Object.entries(value)) {
      into[key] = true;
      flat(inner, into);
    }
  return into;
}

describe("kustomize", () => {
  const { kustomize = "" } = built.programs;
  test.each<{ name: string; at: string; edits: string[][]; append?: object }>([
    {
      name: "kustomize-options",
      at: "overlay",
      edits: [
        ["set", "nameprefix", "--", "pre-"],
        ["set", "namesuffix", "--", "-suf"],
        [
          ...["set", "image", "nginx=registry.example.com/nginx:shop", "redis:7.2", "kept=*:new"],
          "busybox@sha256:0123456789012345678901234567890123456789012345678901234567890123",
        ],
        ["set", "replicas", "web=3", "worker=2"],
        ["add", "label", "--force", "team:shop", "own:forced"],
        ["add", "annotation", "note:$ARGOCD_APP_NAME"],
        ["set", "namespace", "--", "picked"],
        ["add", "component", "../component"],
      ],
      append: {
        patches: [
          {
            target: { kind: "Deployment", name: "web" },
            patch: "- op: add\n  path: /spec/template/spec/priorityClassName\n  value: high",
          },
          { path: "patch.yaml" },
        ],
      },
    },
    {
      name: "kustomize-labels-without-selector",
      at: ".",
      edits: [
        ["add", "label", "--without-selector", "--include-templates", "team:shop"],
        ["add", "annotation", "app:shop"],
      ],
    },
    { name: "kustomize-closure", at: "envs/prod", edits: [] },
  ])("$name", async ({ name, at, edits, append = {} }) => {
    const copy = join(dir, "source");
    cpSync(join(golden, name, "source"), copy, { recursive: true, verbatimSymlinks: true });
    const folder = join(copy, at);
    for (const words of edits) await run(kustomize, ["edit", ...words], folder);
    const file = readdirSync(folder).find((one) => /^kustomization\.ya?ml$|^Kustomization$/.test(one)) ?? "";
    const path = join(folder, file);
    const content = parseYaml(await Bun.file(path).bytes()).documents[0]?.value as Record<string, unknown>;
    for (const [field, more] of Object.entries(append))
      content[field] = [...((content[field] as unknown[]) ?? []), ...(more as unknown[])];
    writeFileSync(path, printYaml(content));
    const plain = objectsIn(await run(kustomize, ["build", "."], folder));
    expect(plain.length).toBeGreaterThan(0);
    expect(sorted(await ours(name, built))).toEqual(sorted(plain));
  });
});

describe.each([...npm, built])("helm, $name", (tools) => {
  const { helm = "" } = tools.programs;
  const versions = CLUSTER.apiVersions.flatMap((version) => ["--api-versions", version]);
  test.each<{
    name: string;
    at: string;
    argv: (root: string) => string[];
    /** Dependencies at file://, as `helm dependency update` puts them. */
    local?: [string, string][];
  }>([
    {
      name: "helm-everything",
      at: "charts/web",
      local: [
        ["charts/common", "charts/web/charts/common"],
        ["charts/deepest", "charts/web/charts/common/charts/deepest"],
      ],
      argv: (root) => [
        ...["--name-template", "shop", "--namespace", "shop", "--kube-version", CLUSTER.kubeVersion],
        ...["--set", "image.tag=1.10", "--set", "build=shop-$1", "--set-string", "asText=true"],
        ...["--set", "commas=a\\,b", "--set", "list={x,y}"],
        ...["--set-file", "motd=files/motd.txt", "--set-file", `shared=${join(root, "shared/shared.txt")}`],
        ...["--values", "values-prod.yaml", "--values", "teams/a.yaml", "--values", "teams/c.yaml"],
        ...["--values", join(root, "shared/shop.yaml"), "--values", "teams/b.yaml"],
        ...["--values", join(root, "../object.yaml")],
        ...versions,
        "--include-crds",
      ],
    },
    {
      name: "helm-skips",
      at: ".",
      argv: (root) => [
        ...["--name-template", "other", "--namespace", "elsewhere", "--kube-version", CLUSTER.kubeVersion],
        ...["--values", join(root, "../size.yaml")],
        ...versions,
        "--skip-tests",
        "--skip-schema-validation",
      ],
    },
    {
      name: "helm-told-capabilities",
      at: "chart",
      argv: () => [
        ...["--name-template", "shop", "--namespace", "shop", "--kube-version", "1.31.0"],
        ...["--api-versions", "gateway.networking.k8s.io/v1", "--include-crds"],
      ],
    },
    {
      name: "helm-ref",
      at: "web",
      argv: (root) => [
        ...["--name-template", "shop", "--namespace", "shop", "--kube-version", CLUSTER.kubeVersion],
        ...["--set-file", `note=${join(root, "../ref-values/note.txt")}`],
        ...["--values", join(root, "../ref-values/envs/prod.yaml")],
        ...readdirSync(join(golden, "helm-ref/ref-values/envs/shop"))
          .filter((file) => file.endsWith(".yaml"))
          .sort()
          .flatMap((file) => ["--values", join(root, "../ref-values/envs/shop", file)]),
        ...versions,
        "--include-crds",
      ],
    },
  ])("$name", async ({ name, at, argv, local }) => {
    cpSync(join(golden, name), dir, { recursive: true });
    const root = join(dir, "source");
    writeFileSync(
      join(dir, "object.yaml"),
      'fromObject: {text: "0644", number: 420, big: 12345678901234567890}\n',
    );
    writeFileSync(join(dir, "size.yaml"), 'size: "large"\n');
    const folder = join(root, at);
    for (const [from, to] of local ?? []) cpSync(join(root, from), join(root, to), { recursive: true });
    const plain = objectsIn(await run(helm, ["template", ".", ...argv(root)], folder));
    expect(plain.length).toBeGreaterThan(0);
    expect(sorted(await ours(name, tools))).toEqual(sorted(plain));
  });
});
