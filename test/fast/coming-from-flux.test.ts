/** The example of docs/coming-from-flux.md is run: what stands there for Flux's objects is valid, and renders to what they would. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { loadConfig } from "../../src/config/load-config.ts";
import { validateFiles } from "../../src/config/validate-files.ts";
import type { Application } from "../../src/core/model/application.ts";
import { showProblem } from "../../src/core/model/problem.ts";
import { cronProblem } from "../../src/engine/wake/schedule.ts";
import { render } from "../../src/verbs/render.ts";
import { docsPage, writeFiles } from "../lib/docs-page.ts";

const ROOT = join(import.meta.dir, "../..");
const page = docsPage(join(ROOT, "docs/coming-from-flux.md"));
const folder = mkdtempSync(join(tmpdir(), "from-flux-"));
beforeAll(() => {
  writeFiles(page, folder);
  writeFileSync(join(folder, "git-token"), "a-token");
});
afterAll(() => rmSync(folder, { recursive: true }));

describe("the example of docs/coming-from-flux.md", () => {
  test("has a config that loads", () => {
    const loaded = loadConfig(join(folder, "holdfast.yaml"), { env: {}, validateCron: cronProblem });
    expect(loaded.ok ? loaded.warnings : loaded.problems).toEqual([]);
  });

  test("has an application without a fault", () => {
    const { validated } = validateFiles(["apps"], {
      env: {},
      validateCron: cronProblem,
      homeNamespace: "argocd",
      from: folder,
    });
    expect(validated).toHaveLength(1);
    expect(validated[0]).toMatchObject({ is: "manifests", problems: [] });
  });

  test("renders to what the Kustomization would apply", async () => {
    const { documents, problems } = await render(
      {
        env: { PATH: "/usr/bin:/bin" },
        cwd: folder,
        embedded: {},
        packageRoot: ROOT,
        build: { version: "test", commit: "", buildDate: "" },
        self: { env: {}, execPath: process.execPath, argv: ["bun", "src/main.ts"], execArgv: [] },
        stderr: () => undefined,
      },
      { app: "apps/shop.yaml", source: "source", signal: new AbortController().signal },
    );
    expect(problems.map(showProblem)).toEqual([]);
    expect(documents.map(({ kind, metadata }) => `${kind} ${metadata.namespace}`)).toEqual([
      "ConfigMap shop",
      "Deployment shop",
    ]);
    expect(documents[1]).toMatchObject({
      spec: {
        template: {
          spec: {
            containers: [
              {
                image: "registry.example.com/shop:1.4.2",
                env: [{ name: "HOST", value: "shop.example.com" }],
              },
            ],
          },
        },
      },
    });
  });

  test("the Flux half says the same address, branch, path and image", () => {
    const [flux] = page.blocks;
    const [first = "", second = ""] = (flux?.content ?? "").split("---");
    const repository = Bun.YAML.parse(first) as { spec: { url: string; ref: { branch: string } } };
    const kustomization = Bun.YAML.parse(second) as {
      spec: {
        path: string;
        targetNamespace: string;
        images: { name: string; newTag: string }[];
        dependsOn: { name: string }[];
      };
    };
    const ours = Bun.YAML.parse(
      page.blocks.find(({ file }) => file === "apps/shop.yaml")?.content ?? "",
    ) as Application;
    const { source, destination } = ours.spec;
    if (source === undefined) throw new Error("the page's application has no source");
    expect(source.repoURL).toBe(repository.spec.url);
    expect(source.targetRevision).toBe(repository.spec.ref.branch);
    expect(`./${source.path}`).toBe(kustomization.spec.path);
    expect(source.kustomize?.namespace).toBe(kustomization.spec.targetNamespace);
    expect(destination.namespace).toBe(kustomization.spec.targetNamespace);
    expect(source.kustomize?.images).toEqual(
      kustomization.spec.images.map(({ name, newTag }) => `${name}:${newTag}`),
    );
    expect(ours.metadata.annotations?.["holdfast.dev/depends-on"]).toBe(
      kustomization.spec.dependsOn.map(({ name }) => name).join(","),
    );
  });
});
