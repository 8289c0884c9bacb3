/** Images kept up to date: a real registry, a real Git server over HTTP, a sandbox cluster, and the daemon in a process of its own. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import type { SourceDaemon } from "../advisories/source-daemon.ts";
import { eventually } from "../lib/eventually.ts";
import type { GitServer } from "../lib/git-server.ts";
import {
  deployment,
  type ImagesStage,
  pushImage as push,
  runs,
  startImagesStage,
} from "../lib/images-stage.ts";
import { startRegistry, type TestRegistry } from "../lib/registry.ts";

let open: TestRegistry, closed: TestRegistry;
let stage: ImagesStage, git: GitServer, daemon: SourceDaemon;
let tip: ImagesStage["tip"], fileAt: ImagesStage["fileAt"];
let images: ImagesStage["images"], update: ImagesStage["update"];

const KUSTOMIZATION = `# The shop's page.
resources: [web.yaml] # one file
images:
  # kept up to date
  - name: team/web # as the Deployment calls it
    newName: HOST/team/web
    newTag: "1.0.0" # the version
  - name: other
    newTag: '7'
`;
const VALUES = `# Values of production.
web:
  image:
    repository: HOST/team/web   # without a tag
    tag:   1.0.0   # by image updates
  replicas: 1
`;
const CHART = {
  "Chart.yaml": "apiVersion: v2\nname: shop\nversion: 0.1.0\n",
  "values.yaml": VALUES,
  "templates/web.yaml": deployment("{{ .Values.web.image.repository }}:{{ .Values.web.image.tag }}"),
};

const APPS: Record<
  string,
  { files: Record<string, string>; annotations: Record<string, string>; closed?: true }
> = {
  kustomized: {
    files: { "web.yaml": deployment("team/web"), "kustomization.yaml": KUSTOMIZATION },
    annotations: {
      "image-list": "web=HOST/team/web:~1.0",
      "web.kustomize.image-name": "team/web",
      "write-back-method": "git",
      "write-back-target": "kustomization",
    },
  },
  valued: {
    files: CHART,
    annotations: {
      "image-list": "web=HOST/team/web",
      "web.update-strategy": "newest-build",
      "web.ignore-tags": "latest,*-rc*",
      "web.helm.image-name": "web.image.repository",
      "web.helm.image-tag": "web.image.tag",
      "write-back-method": "git",
      "write-back-target": "helmvalues:values.yaml",
    },
  },
  overridden: {
    files: CHART,
    annotations: {
      "image-list": "web=HOST/team/web",
      "web.update-strategy": "alphabetical",
      "web.allow-tags": "regexp:^1\\.\\d+\\.\\d+$",
      "web.helm.image-name": "web.image.repository",
      "web.helm.image-tag": "web.image.tag",
      "write-back-method": "git",
    },
  },
  digested: {
    files: {
      "web.yaml": deployment("team/web"),
      "kustomization.yaml":
        "resources: [web.yaml]\nimages:\n  - name: team/web\n    newName: HOST/team/web\n    newTag: latest\n",
    },
    annotations: {
      "image-list": "web=HOST/team/web:latest",
      "web.update-strategy": "digest",
      "web.kustomize.image-name": "team/web",
      "write-back-method": "git",
      "write-back-target": "kustomization",
    },
  },
  "behind-a-login": {
    files: { "web.yaml": deployment("team/web"), "kustomization.yaml": KUSTOMIZATION },
    annotations: {
      "image-list": "web=HOST/team/web:~1.0",
      "web.kustomize.image-name": "team/web",
      "write-back-method": "git",
      "write-back-target": "kustomization",
      "git-branch": "main:images-{{.AppName}}",
    },
    closed: true,
  },
};

beforeAll(async () => {
  [open, closed] = await Promise.all([startRegistry(), startRegistry("basic")]);
  for (const registry of [open, closed]) {
    for (const [tag, day] of [
      ["1.0.0", "01"],
      ["1.0.9", "02"],
      ["1.0.10", "05"],
      ["1.1.0", "03"],
      ["2.0.0-rc1", "09"],
      ["nightly", "07"],
    ])
      await push(registry, "team/web", `${tag}`, `2026-11-${day}T00:00:00Z`);
  }
  await push(open, "team/web", "latest", "2026-11-08T00:00:00Z");
  const here = (texts: Record<string, string>, host: string): Record<string, string> =>
    Object.fromEntries(Object.entries(texts).map(([key, text]) => [key, text.replaceAll("HOST", host)]));
  stage = await startImagesStage({
    apps: Object.fromEntries(
      Object.entries(APPS).map(([name, { files, annotations, closed: isClosed }]) => {
        const { host } = isClosed === true ? closed : open;
        return [name, { files: here(files, host), annotations: here(annotations, host) }];
      }),
    ),
    images: "authorName: The shop, authorEmail: shop@example.com",
    repositories: [
      `{ url: "oci://${open.host}", type: oci, plainHttp: true }`,
      `{ url: "oci://${closed.host}", type: oci, plainHttp: true, username: ci, password: "pass word" }`,
    ],
  });
  ({ git, daemon, tip, fileAt, images, update } = stage);
}, 120_000);
afterAll(async () => {
  await stage?.stop();
  await Promise.all([open?.stop(), closed?.stop()]);
});

describe("image updates", () => {
  test("a dry run says what it would write, and writes nothing", async () => {
    const before = await tip();
    const { mode, writes, applications } = await update({ dryRun: true });
    expect(mode).toBe("dry-run");
    expect(writes.map(({ is }) => is)).toEqual(["would-write", "would-write"]);
    expect(applications.flatMap(({ problems }) => problems)).toEqual([]);
    expect(await tip()).toBe(before);
  }, 30_000);

  test("each strategy chooses its own, one commit holds them all, and they are delivered", async () => {
    const before = await tip();
    const { writes } = await update();
    const [main] = writes.filter(({ branch }) => branch === "main");
    expect(main).toMatchObject({ is: "written", apps: expect.arrayContaining(["argocd/kustomized"]) });
    expect(await git.git("shop", "rev-list", "--count", `${before}..main`)).toBe("1");
    expect(await git.git("shop", "log", "-1", "--format=%an <%ae>%n%B", "main")).toContain(
      "The shop <shop@example.com>\nUpdate 4 images of 4 applications",
    );
    // Nothing but the fields that are meant.
    const kustomization = KUSTOMIZATION.replaceAll("HOST", open.host);
    expect(await fileAt("kustomized/kustomization.yaml")).toBe(
      kustomization.replace('"1.0.0"', '"1.0.10"').trim(),
    );
    const values = VALUES.replaceAll("HOST", open.host);
    expect(await fileAt("valued/values.yaml")).toBe(values.replace("tag:   1.0.0", "tag:   nightly").trim());
    expect(await fileAt("overridden/.argocd-source-overridden.yaml")).toContain("1.1.0");
    expect(await fileAt("overridden/values.yaml")).toBe(values.trim());
    await daemon.until("kustomized", runs(/team\/web:1\.0\.10$/));
    await daemon.until("valued", runs(/team\/web:nightly$/));
    await daemon.until("overridden", runs(/team\/web:1\.1\.0$/));
    await daemon.until("digested", runs(/team\/web(:latest)?@sha256:[0-9a-f]{64}$/));
  }, 60_000);

  test("a registry behind a login is asked with its entry's, and a branch of its own is pushed", async () => {
    const shown = await images("behind-a-login");
    expect(shown).toMatchObject({
      images: [{ current: "1.0.0", chosen: "1.0.10", is: "written" }],
      writeBack: { branch: "main", to: "images-behind-a-login" },
      problems: [],
    });
    expect(await fileAt("behind-a-login/kustomization.yaml", "images-behind-a-login")).toContain('"1.0.10"');
    expect(await fileAt("behind-a-login/kustomization.yaml")).toContain('"1.0.0"');
  });

  test("a second run changes nothing", async () => {
    const before = [await tip(), await tip("images-behind-a-login")];
    const { writes } = await update();
    expect(writes).toEqual([]);
    expect([await tip(), await tip("images-behind-a-login")]).toEqual(before);
    expect((await images("kustomized")).images).toMatchObject([{ is: "newest", current: "1.0.10" }]);
  }, 30_000);

  test("what is out is told with why, and the list says nothing newer is a downgrade", async () => {
    const [look] = (await images("kustomized")).images;
    expect(look?.candidates).toEqual(["1.0.10", "1.0.9", "1.0.0"]);
    expect(look?.out.map(({ why, tags }) => [why, tags])).toEqual(
      expect.arrayContaining([
        ["not within ~1.0", expect.arrayContaining(["1.1.0"])],
        ["no semantic version", expect.arrayContaining(["nightly", "latest"])],
      ]),
    );
  });

  test("a commit that comes meanwhile stays, and is followed", async () => {
    await push(open, "team/web", "1.0.11", "2026-11-20T00:00:00Z");
    let raced = 0;
    // Another commit lands between the look at the branch and the push.
    const stop = git.fail({ do: "wait", ms: 1 }, ({ path, method }) => {
      if (method !== "POST" || !path.endsWith("git-receive-pack") || raced > 0) return false;
      raced++;
      const clone = join(stage.dir, "race");
      Bun.spawnSync(["git", "clone", "-q", git.pathOf("shop"), clone]);
      writeFileSync(join(clone, "NOTES"), "meanwhile\n");
      Bun.spawnSync(["git", "-C", clone, "add", "NOTES"]);
      Bun.spawnSync([
        "git",
        "-C",
        clone,
        "-c",
        "user.name=a",
        "-c",
        "user.email=a@b.c",
        "commit",
        "-qm",
        "meanwhile",
      ]);
      const pushed = Bun.spawnSync(["git", "-C", clone, "push", "-q", "origin", "HEAD:main"]);
      if (pushed.exitCode !== 0) throw new Error(pushed.stderr.toString());
      return false;
    });
    const { writes } = await update({ apps: ["argocd/kustomized"] });
    stop();
    expect([raced, writes.map(({ is, why }) => [is, why])]).toEqual([1, [["written", undefined]]]);
    expect(await git.git("shop", "log", "-2", "--format=%s", "main")).toBe(
      `Update ${open.host}/team/web 1.0.10 → 1.0.11\nmeanwhile`,
    );
    expect(await fileAt("NOTES")).toBe("meanwhile");
    await daemon.until("kustomized", runs(/team\/web:1\.0\.11$/));
  }, 60_000);

  test("killed between the commit and the push, the next run pushes it", async () => {
    await push(open, "team/web", "1.0.12", "2026-11-21T00:00:00Z");
    const before = await tip();
    let asked = 0;
    const stop = git.fail({ do: "wait", ms: 60_000 }, ({ path }) => {
      if (!path.includes("git-receive-pack")) return false;
      asked++;
      return true;
    });
    const cut = update({ apps: ["argocd/kustomized"] }).catch(() => "cut");
    await eventually("it pushes", () => asked > 0);
    await daemon.kill();
    stop();
    await cut;
    expect(await tip()).toBe(before);
    await daemon.restart();
    await daemon.until("kustomized", runs(/1\.0\.11$/));
    const { writes } = await update({ apps: ["argocd/kustomized"] });
    expect(writes.map(({ is }) => is)).toEqual(["written"]);
    expect(await git.git("shop", "rev-list", "--count", `${before}..main`)).toBe("1");
    expect((await images("kustomized")).last).toMatchObject({
      changes: [`${open.host}/team/web 1.0.11 → 1.0.12`],
      branch: "main",
    });
  }, 60_000);
});
