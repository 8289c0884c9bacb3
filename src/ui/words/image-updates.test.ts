import { expect, test } from "bun:test";
import { shownImages } from "../../../test/fakes/fake-images.ts";
import type { AppKey } from "../../core/model/application.ts";
import type { ImageUpdateResult, ImageUpdateWrite } from "../../core/model/image-update.ts";
import { updatedWords } from "./image-updates.ts";

const app = "argocd/web" as AppKey;
const shown = shownImages(app);
const newest = { ...shown, images: shown.images.map((look) => ({ ...look, is: "newest" as const })) };
const write = (more: Partial<ImageUpdateWrite>): ImageUpdateWrite => ({
  ...{ apps: [app], is: "written", files: [], changes: ["web 1 → 2"] },
  ...more,
});

test.each<[string, Partial<ImageUpdateResult>, "good" | "bad", string]>([
  ["what was written", { writes: [write({})] }, "good", "Written: web 1 → 2"],
  [
    "why it could not be",
    { writes: [write({}), write({ is: "failed", why: "no rights" })] },
    "bad",
    "no rights",
  ],
  ["that nothing is newer", {}, "good", "nothing is newer"],
  ["that something waits", { applications: [shown] }, "bad", "1 could be newer"],
  [
    "what stands in the way",
    { applications: [{ ...newest, problems: ["the registry is closed. Log in"] }] },
    "bad",
    "the registry is closed",
  ],
])("an update says %s", (_, more, tone, words) => {
  const said = updatedWords({ mode: "write", applications: [newest], writes: [], ...more });
  expect([said.tone, said.words]).toEqual([tone, expect.stringContaining(words)]);
});
