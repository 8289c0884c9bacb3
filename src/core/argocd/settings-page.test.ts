import { expect, test } from "bun:test";
import { join } from "node:path";
import { settingKey } from "./setting-keys.ts";
import { settingsPage } from "./settings-page.ts";

test("docs/argocd-settings.md is what the tables of keys say", async () => {
  const file = join(import.meta.dir, "../../../docs/argocd-settings.md");
  if (process.env["UPDATE_GOLDEN"] === "1") await Bun.write(file, settingsPage());
  expect(await Bun.file(file).text()).toBe(settingsPage());
});

test.each([
  ["argocd-cm", "resource.customizations.health.apps_Deployment", "resource.customizations.health.*"],
  ["argocd-cm", "kustomize.buildOptions", "kustomize.buildOptions"],
  ["argocd-cm", "kustomize.buildOptions.v5.4.3", "kustomize.buildOptions.*"],
  ["argocd-cmd-params-cm", "controller.sync.timeout.seconds", "controller.sync.timeout.seconds"],
  ["argocd-cmd-params-cm", "controller.status.processors", "controller.*"],
  ["argocd-rbac-cm", "policy.team.csv", "policy.*.csv"],
  ["argocd-rbac-cm", "policy.csv", "policy.csv"],
  ["argocd-cm", "kustomise.buildOptions", undefined],
  ["somebody-elses", "url", undefined],
])("%s: %s is known by %p", (map, key, known) => {
  expect(settingKey(map, key)?.key).toBe(known as string);
});
