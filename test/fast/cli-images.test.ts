/** `holdfast image` against images as a look at their registry leaves them. */
import { afterAll, expect, test } from "bun:test";
import type { AppKey } from "../../src/core/model/application.ts";
import type { ApplicationImages } from "../../src/core/model/image-update.ts";
import { fakeControl } from "../fakes/fake-control.ts";
import { fakeImages, shownImages } from "../fakes/fake-images.ts";
import { cli } from "../lib/cli.ts";
import { appWith } from "../lib/cli-stage.ts";
import { startFakeApi } from "../lib/fake-api.ts";

const KEY = "flow/web" as AppKey;
const images = fakeImages([KEY]);
let shown: ApplicationImages = shownImages(KEY);
const control = fakeControl();
control.put(appWith("flow", "web", "Synced", "Healthy"));
const api = startFakeApi(control, { images: { ...images, images: () => shown } });
afterAll(() => api.stop());

const run = (line: string) => cli(line.split(" "), { server: api.url });

test("list of one that could not be looked at says why, and nothing of where it would be written", async () => {
  shown = shownImages(KEY);
  expect((await run("image list flow/web")).stderr).toContain(
    "Written to web/kustomization.yaml of https://",
  );
  const { writeBack: _, ...others } = shown;
  const [look] = others.images;
  if (look === undefined) throw new Error("there is one");
  shown = {
    ...others,
    images: [{ ...look, is: "failed", why: "the registry refused the credentials" }],
    problems: ["the registry refused the credentials"],
  };
  const { code, stdout, stderr } = await run("image list flow/web");
  expect([code, stdout]).toEqual([0, expect.stringContaining("failed")]);
  expect(stderr).toContain("flow/web: the registry refused the credentials");
  expect(stderr).not.toContain("Written to");
});

test("update takes --yes, and asks nothing with it or without", async () => {
  images.asked.length = 0;
  for (const flag of ["", " --yes", " -y"]) expect((await run(`image update flow/web${flag}`)).code).toBe(0);
  const asked = { apps: [KEY], mode: "write", actor: "user:local" };
  expect(images.asked).toEqual([asked, asked, asked]);
});
