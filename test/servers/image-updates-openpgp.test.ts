/** Commits of image updates that a key of OpenPGP signs, as gpg itself verifies them. */
import { afterAll, beforeAll, expect, test } from "bun:test";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Gpg, startGpg } from "../lib/gpg.ts";
import {
  type ImagesStage,
  INTO_KUSTOMIZATION,
  kustomized,
  pushImage,
  runs,
  startImagesStage,
} from "../lib/images-stage.ts";
import { startRegistry, type TestRegistry } from "../lib/registry.ts";

const DAY = "2026-11-01T00:00:00Z";
const TEMPLATE =
  "build: grüße von {{ .AppName }}\n\n{{ range .AppChanges }}- {{ .OldTag }} → {{ .NewTag }}\n{{ end }}";
let keys: string, gpg: Gpg, registry: TestRegistry, stage: ImagesStage;
const keyFile = (): string => join(keys, "signing.asc");

beforeAll(async () => {
  keys = mkdtempSync(join(tmpdir(), "holdfast-openpgp-"));
  [gpg, registry] = await Promise.all([
    startGpg({
      "robot@example.com": { algorithm: "ed25519" },
      "closed@example.com": { algorithm: "ed25519", passphrase: "nobody types it" },
    }),
    startRegistry(),
  ]);
  for (const tag of ["1.0.0", "1.0.1"]) await pushImage(registry, "team/web", tag, DAY);
  writeFileSync(keyFile(), await gpg.privateKey("closed@example.com"), { mode: 0o600 });
  stage = await startImagesStage({
    apps: {
      web: {
        files: kustomized(`${registry.host}/team/web`, "1.0.0"),
        annotations: { "image-list": `web=${registry.host}/team/web`, ...INTO_KUSTOMIZATION },
      },
    },
    images: `authorName: Robot, authorEmail: robot@example.com, signingKey: ${keyFile()}, messageTemplate: ${JSON.stringify(TEMPLATE)}`,
    repositories: [`{ url: "oci://${registry.host}", type: oci, plainHttp: true }`],
  });
}, 120_000);
afterAll(async () => {
  await stage?.stop();
  await Promise.all([registry?.stop(), gpg?.remove()]);
  rmSync(keys, { recursive: true, force: true });
}, 60_000);

test("a key with a passphrase is said with the application, and no commit goes out without a signature", async () => {
  const before = await stage.tip();
  const { writes } = await stage.update();
  expect(writes).toMatchObject([{ is: "failed", why: expect.stringContaining("the key has a passphrase") }]);
  expect((await stage.images("web")).problems.join()).toContain("Correct images.signingKey");
  expect(await stage.tip()).toBe(before);
}, 60_000);

test("each commit is one that gpg takes for good, from the look on that has the right key", async () => {
  writeFileSync(keyFile(), await gpg.privateKey("robot@example.com"), { mode: 0o600 });
  for (const tag of ["1.0.1", "1.0.2"]) {
    await pushImage(registry, "team/web", tag, DAY);
    expect((await stage.update()).writes).toMatchObject([{ is: "written", commit: await stage.tip() }]);
    expect(await stage.fileAt("web/kustomization.yaml")).toContain(`"${tag}"`);
    expect(await gpg.wrongWith(stage.git.pathOf("shop"), "main")).toBeUndefined();
    await stage.daemon.until("web", runs(new RegExp(`:${tag}$`)));
  }
  expect(await stage.git.git("shop", "log", "-1", "--format=%an <%ae>%n%B", "main")).toBe(
    "Robot <robot@example.com>\nbuild: grüße von web\n\n- 1.0.1 → 1.0.2",
  );
  // What was there before the first of them bears none.
  expect(await gpg.wrongWith(stage.git.pathOf("shop"), "main~2")).toBe("it has no signature");
  expect(JSON.stringify((await stage.update()).writes)).toBe("[]");
}, 60_000);
