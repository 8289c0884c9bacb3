/** What kustomizations set, with where each comes from, beside what the real kustomize makes of them. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import type { KustomizeSource } from "../../src/core/model/application.ts";
import { fromWords, type SourceValues, valuePath, valueWords } from "../../src/core/model/source-values.ts";
import { applicationOf, askFor, npmToolSets, type RenderHost, renderHost } from "../lib/render-host.ts";
import { sourceFolder } from "../lib/source-folder.ts";

const WEB = `apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  template:
    spec:
      containers:
        - {name: web, image: nginx}
        - {name: side, image: envoy}
`;
const BASE = `resources: [web.yaml]
namespace: base
namePrefix: a-
images:
  - name: nginx
    newTag: "1.25"
  - name: envoy
    newName: mirror.example/envoy
    newTag: v1
replicas:
  - {name: web, count: 1}
`;
const OVERLAY = `resources: [../base]
components: [../tuned]
namespace: shop
namePrefix: b-
images:
  - name: nginx
    newTag: "1.27"
labels:
  - pairs: {team: shop}
patches:
  - path: limits.yaml
    target: {kind: Deployment, name: web}
  - patch: |-
      - {op: add, path: /metadata/annotations, value: {secret: hunter2}}
    target: {kind: Deployment}
`;
const FILES = {
  "base/web.yaml": WEB,
  "base/kustomization.yaml": BASE,
  "overlay/kustomization.yaml": OVERLAY,
  "overlay/limits.yaml": "- {op: add, path: /spec/minReadySeconds, value: 5}\n",
  "tuned/kustomization.yaml":
    "apiVersion: kustomize.config.k8s.io/v1alpha1\nkind: Component\nreplicas:\n  - {name: web, count: 3}\n",
};

let host: RenderHost;
beforeAll(async () => {
  const [tools] = await npmToolSets();
  if (tools === undefined) throw new Error("there is a kustomize");
  host = await renderHost(tools);
});
afterAll(() => host.remove());

async function told(
  files: Record<string, string>,
  kustomize?: KustomizeSource,
  path = "overlay",
): Promise<{ ours: SourceValues; lines: string[]; rendered: string }> {
  const folder = sourceFolder(files);
  try {
    const ask = askFor(
      applicationOf({ ...(kustomize === undefined ? {} : { kustomize }), path }),
      await folder.tree(),
    );
    const [ours] = await host.renderers.values(ask);
    if (ours === undefined) throw new Error("it is a kustomization");
    const rendered = await host.renderers.render(ask);
    return {
      ours,
      lines: ours.values.map(
        (one) =>
          `${valuePath(one.path)} = ${valueWords(one)} < ${[one, ...one.was].map((from) => `${fromWords(from, ours.layers)}${from === one ? "" : ` ${valueWords(from)}`}`).join(" < ")}`,
      ),
      rendered: rendered.documents.flatMap(({ documents }) => documents.map(({ text }) => text)).join("\n"),
    };
  } finally {
    folder.dispose();
  }
}

describe("values of a kustomization", () => {
  test("of kustomizations that set very much are told in time that grows with how much it is", async () => {
    const labels = `commonLabels:\n${Array.from({ length: 40_000 }, (_, at) => `  k${at}: v\n`).join("")}`;
    const images = `images:\n${Array.from({ length: 15_000 }, (_, at) => `- {name: n${at}, newTag: v}\n`).join("")}`;
    const folder = sourceFolder({
      "overlay/kustomization.yaml": `resources: [../a, ../b, ../c]\n${labels}`,
      "a/kustomization.yaml": labels,
      "b/kustomization.yaml": `resources: [../d]\n${images}`,
      "c/kustomization.yaml": `resources: [../e]\n${labels}`,
      "d/kustomization.yaml": images,
      "e/kustomization.yaml": labels,
    });
    try {
      const [ours] = await host.renderers.values(
        askFor(applicationOf({ path: "overlay" }), await folder.tree()),
      );
      const last = ours?.values.at(-1);
      expect(ours?.total).toBe(55_000);
      expect(last?.path.at(-1)).toBe("k19999");
      expect(last !== undefined && "line" in last && last.line).toBe(20_002);
    } finally {
      folder.dispose();
    }
  }, 60_000);

  test("each setting says the line that it stands in, what it replaced in a base, and which base says what nothing replaced", async () => {
    const { lines, rendered } = await told(FILES);
    expect(lines).toEqual([
      "namespace = shop < overlay/kustomization.yaml:3 < base/kustomization.yaml:2 base",
      "namePrefix = b- < overlay/kustomization.yaml:4",
      "images.nginx = nginx:1.27 < overlay/kustomization.yaml:6 < base/kustomization.yaml:5 nginx:1.25",
      "labels.team = shop < overlay/kustomization.yaml:9",
      "patches.0 = limits.yaml for Deployment web < overlay/kustomization.yaml:11",
      "patches.1 = in place for Deployment < overlay/kustomization.yaml:13",
      '"../tuned".replicas.web = 3 < tuned/kustomization.yaml:4 < base/kustomization.yaml:11 1',
      '"../base".namePrefix = a- < base/kustomization.yaml:3',
      '"../base".images.envoy = mirror.example/envoy:v1 < base/kustomization.yaml:7',
    ]);
    for (const word of [
      "name: b-a-web",
      "namespace: shop",
      "image: nginx:1.27",
      "image: mirror.example/envoy:v1",
      "replicas: 3",
    ])
      expect(rendered).toContain(word);
    expect(lines.join("\n")).not.toContain("hunter2");
  });

  test("what the application says stands over what the files say, and what it leaves keeps its line", async () => {
    const { lines, rendered } = await told(FILES, {
      images: ["nginx:1.29", "mirror.example/envoy=mirror.example/envoy:v2"],
      replicas: [{ name: "web", count: "5" }],
      namespace: "prod",
      patches: [{ patch: "- {op: add, path: /spec/paused, value: false}", target: { kind: "Deployment" } }],
    });
    expect(lines.slice(0, 9)).toEqual([
      "namespace = prod < the application < overlay/kustomization.yaml:3 shop < base/kustomization.yaml:2 base",
      "namePrefix = b- < overlay/kustomization.yaml:4",
      "images.mirror.example/envoy = mirror.example/envoy:v2 < the application < base/kustomization.yaml:7 mirror.example/envoy:v1".replace(
        "images.mirror.example/envoy",
        'images."mirror.example/envoy"',
      ),
      "images.nginx = nginx:1.29 < the application < overlay/kustomization.yaml:6 nginx:1.27 < base/kustomization.yaml:5 nginx:1.25",
      "replicas.web = 5 < the application < tuned/kustomization.yaml:4 3 < base/kustomization.yaml:11 1",
      "labels.team = shop < overlay/kustomization.yaml:9",
      "patches.0 = limits.yaml for Deployment web < overlay/kustomization.yaml:11",
      "patches.1 = in place for Deployment < overlay/kustomization.yaml:13",
      "patches.2 = in place for Deployment < the application",
    ]);
    for (const word of [
      "namespace: prod",
      "image: nginx:1.29",
      "image: mirror.example/envoy:v2",
      "replicas: 5",
    ])
      expect(rendered).toContain(word);
  });

  test("an image that a base calls otherwise is not replaced by its old name", async () => {
    const { lines, rendered } = await told({
      ...FILES,
      "overlay/kustomization.yaml": "resources: [../base]\nimages:\n  - {name: envoy, newTag: v9}\n",
    });
    expect(lines[0]).toBe("images.envoy = envoy:v9 < overlay/kustomization.yaml:3");
    expect(lines).toContain('"../base".images.envoy = mirror.example/envoy:v1 < base/kustomization.yaml:7');
    expect(rendered).toContain("mirror.example/envoy:v1");
  });

  test("two bases that say the same of their own objects are told apart, and one that is named twice is read once", async () => {
    const files = {
      "overlay/kustomization.yaml": "resources: [../one, ../two]\nnameSuffix: -x\n",
      "one/kustomization.yaml": "resources: [../shared]\nreplicas: [{name: web, count: 2}]\n",
      "two/kustomization.yaml": "resources: [job.yaml]\nreplicas: [{name: web, count: 4}]\n",
      "two/job.yaml": WEB.replace("name: web}", "name: web, namespace: two}"),
      "shared/kustomization.yaml": "resources: [web.yaml]\ncommonAnnotations: {a: b}\n",
      "shared/web.yaml": WEB,
    };
    expect((await told(files)).lines).toEqual([
      "nameSuffix = -x < overlay/kustomization.yaml:2",
      '"../one".replicas.web = 2 < one/kustomization.yaml:2',
      '"../shared".annotations.a = b < shared/kustomization.yaml:2',
      '"../two".replicas.web = 4 < two/kustomization.yaml:2',
    ]);
  });

  test("a folder without one, files, and names that lead out are left to the render to say", async () => {
    const folder = sourceFolder({
      "overlay/kustomization.yaml":
        "resources: [web.yaml, ../nothing, ../../../etc, ../base]\nnamespace: shop\n",
      "overlay/web.yaml": WEB,
      "base/x.yaml": WEB,
    });
    try {
      const ask = askFor(applicationOf({ path: "overlay" }), await folder.tree());
      const [ours] = await host.renderers.values(ask);
      expect(ours?.values.map(({ path }) => path.join("."))).toEqual(["namespace"]);
    } finally {
      folder.dispose();
    }
  });

  test("bases that lead round in a circle end", async () => {
    const folder = sourceFolder({
      "overlay/kustomization.yaml": "resources: [../base]\nnamespace: shop\n",
      "base/kustomization.yaml": "resources: [../overlay]\nnamePrefix: p-\n",
    });
    try {
      const ask = askFor(applicationOf({ path: "overlay" }), await folder.tree());
      const [ours] = await host.renderers.values(ask);
      expect(ours?.values.map(({ path }) => path.join(" "))).toEqual(["namespace", "../base namePrefix"]);
    } finally {
      folder.dispose();
    }
  });
});
