/** Images that an ImageUpdater keeps up to date, with branches and messages by Go templates: from its file to what runs. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { eventually } from "../lib/eventually.ts";
import { type ImagesStage, kustomized, pushImage, runs, startImagesStage } from "../lib/images-stage.ts";
import { startRegistry, type TestRegistry } from "../lib/registry.ts";

const DAY = "2026-11-01T00:00:00Z";
const TEMPLATE = `build: automatic update of {{ .AppName }}

{{ range .AppChanges -}}
updates image {{ .Image }} tag '{{ .OldTag }}' to '{{ .NewTag }}'
{{ end -}}
`;

let registry: TestRegistry, stage: ImagesStage;

/** @param pattern of the applications that it means */
const updater = (pattern: string): string =>
  JSON.stringify({
    apiVersion: "argocd-image-updater.argoproj.io/v1alpha1",
    kind: "ImageUpdater",
    metadata: { name: "images", namespace: "argocd" },
    spec: {
      commonUpdateSettings: { updateStrategy: "semver" },
      writeBackConfig: { method: "git", gitConfig: { writeBackTarget: "kustomization" } },
      applicationRefs: [
        {
          namePattern: pattern,
          images: [
            {
              alias: "web",
              imageName: `${registry.host}/team/web:~1.0`,
              manifestTargets: { kustomize: { name: "team/web" } },
            },
          ],
        },
        {
          namePattern: "branched",
          writeBackConfig: {
            gitConfig: { branch: "main:images{{range .Images}}-{{.Alias}}-{{.NewTag}}{{end}}" },
          },
          images: [
            {
              alias: "web",
              imageName: `${registry.host}/team/web:~1.0`,
              manifestTargets: { kustomize: { name: "team/web" } },
            },
          ],
        },
      ],
    },
  });
const app = () => ({ files: kustomized(`${registry.host}/team/web`, "1.0.0"), annotations: {} });

beforeAll(async () => {
  registry = await startRegistry();
  for (const tag of ["1.0.0", "1.0.1", "1.1.0"]) await pushImage(registry, "team/web", tag, DAY);
  stage = await startImagesStage({
    apps: { "shop-eu": app(), "shop-us": app(), blog: app(), branched: app() },
    manifests: { "updater.yaml": updater("shop-*") },
    images: `signOff: true, authorName: Bot, authorEmail: bot@example.com, messageTemplate: ${JSON.stringify(TEMPLATE)}`,
    repositories: [`{ url: "oci://${registry.host}", type: oci, plainHttp: true }`],
  });
}, 120_000);
afterAll(async () => {
  await stage?.stop();
  await registry?.stop();
});

const kustomization = (name: string, branch?: string): Promise<string> =>
  stage.fileAt(`${name}/kustomization.yaml`, branch);

describe("an ImageUpdater", () => {
  test("keeps the applications that it means up to date, and none beside", async () => {
    await stage.update();
    for (const name of ["shop-eu", "shop-us"]) {
      expect(await kustomization(name)).toContain('"1.0.1"');
      await stage.daemon.until(name, runs(/team\/web:1\.0\.1$/));
      expect((await stage.images(name)).problems).toEqual([]);
    }
    expect(await kustomization("blog")).toContain('"1.0.0"');
    expect((await stage.images("blog")).images).toEqual([]);
  }, 60_000);

  test("a commit says what the template of Image Updater makes of it, and who signs it off", async () => {
    expect(await stage.git.git("shop", "log", "-1", "--format=%B", "main")).toBe(
      [
        "build: automatic update of shop-eu, shop-us",
        "",
        ...Array(2).fill(`updates image ${registry.host}/team/web tag '1.0.0' to '1.0.1'`),
        "",
        "Signed-off-by: Bot <bot@example.com>",
      ].join("\n"),
    );
  });

  test("the name of a branch is a Go template of what changes", async () => {
    expect(await kustomization("branched", "images-web-1.0.1")).toContain('"1.0.1"');
    expect(await kustomization("branched")).toContain('"1.0.0"');
    const before = await stage.tip("images-web-1.0.1");
    expect((await stage.update()).writes).toEqual([]);
    expect(await stage.tip("images-web-1.0.1")).toBe(before);
  });

  test("an edit of it counts from then on: others are meant, and those that were are left alone", async () => {
    stage.daemon.place("updater.yaml", updater("blog"));
    await eventually("it is read", async () => {
      await stage.update();
      return (await kustomization("blog")).includes('"1.0.1"');
    });
    await stage.daemon.until("blog", runs(/team\/web:1\.0\.1$/));
    await pushImage(registry, "team/web", "1.0.2", DAY);
    await stage.update();
    expect(await kustomization("blog")).toContain('"1.0.2"');
    expect(await kustomization("shop-eu")).toContain('"1.0.1"');
    expect((await stage.images("shop-eu")).images).toEqual([]);
  }, 60_000);
});
