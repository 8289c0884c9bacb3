/** What the ConfigMaps of Argo CD say of settings that we have too. Pure. */
import { defined } from "../../lib/defined.ts";
import { parseDurationMs } from "../../lib/duration.ts";
import { showPath } from "../../lib/field-path.ts";
import { nearest } from "../../lib/nearest.ts";
import { parseYaml } from "../../lib/yaml.ts";
import { textsOf } from "../model/decoded-secret.ts";
import type { DeepLinks } from "../model/deep-link.ts";
import type { KubeObject } from "../model/kube-object.ts";
import type { PageBanner } from "../model/page-words.ts";
import type { Problem } from "../model/problem.ts";
import type { GlobalProject } from "../model/project.ts";
import { checkShape, listOf } from "../model/shape.ts";
import { type Customizations, noCustomizations } from "../model/user-checks.ts";
import { readCustomizations } from "./customizations.ts";
import { deepLinksOf } from "./deep-links.ts";
import { GLOBAL_PROJECT, toGlobalProjects } from "./global-projects.ts";
import { pageWordsOf } from "./page-words.ts";
import { PARAMS_MAP, SETTING_KEYS, SETTINGS_MAP, type SettingKey, settingKey } from "./setting-keys.ts";

/** What is absent is not said. */
export interface ArgoSettings {
  customizations: Customizations;
  globalProjects: GlobalProject[];
  installationID?: string;
  pollEveryMs?: number;
  pollSpreadMs?: number;
  syncTimeoutMs?: number;
  impersonation?: "on" | "off";
  /** Where Applications live beside the home namespace: globs, or /expressions/. */
  applicationNamespaces?: string[];
  /** Terminals in Pods. */
  exec?: { is: "on" | "off"; shells?: readonly string[] };
  banner?: PageBanner;
  chat?: { url: string; text: string };
  links?: DeepLinks;
}

function noSettings(): ArgoSettings {
  return { customizations: noCustomizations(), globalProjects: [] };
}

type Say = (key: string, text: string, fix?: string) => void;

/**
 * One ConfigMap. An error says that something which is meant cannot be read: the caller holds nothing of it then.
 * @param shown as problems name it
 */
export function readSettings(
  map: string,
  configMap: KubeObject,
  shown: string,
): { settings: ArgoSettings; problems: Problem[] } {
  const problems: Problem[] = [];
  const say =
    (severity: Problem["severity"]): Say =>
    (key, text, fix) => {
      problems.push({ severity, object: shown, path: key, text, ...defined({ fix }) });
    };
  const report = say("error");
  const data = textsOf(configMap["data"], "data", report);
  sayUnhonoured(map, data, say("warning"));
  const settings = noSettings();
  if (map === SETTINGS_MAP) {
    const read = readCustomizations({ ...configMap, data: withoutTools(data) }, shown);
    settings.customizations = read.value;
    problems.push(...read.problems.map((problem) => ofObject(problem, shown)));
    settings.globalProjects = globalProjectsOf(data["globalProjects"] ?? "", report);
    readOwn(data, settings, { report, warn: say("warning") });
    Object.assign(settings, pageWordsOf(data, say("warning")));
    Object.assign(settings, defined({ links: deepLinksOf(data, say("warning")) }));
  }
  if (map === PARAMS_MAP) {
    const text = data["controller.sync.timeout.seconds"]?.trim() ?? "";
    if (/^\d+$/.test(text)) settings.syncTimeoutMs = Number(text) * 1_000;
    else if (text !== "") report("controller.sync.timeout.seconds", "must be a whole number of seconds");
    const namespaces = (data["application.namespaces"] ?? "").split(",").map((one) => one.trim());
    if (namespaces.some((one) => one !== ""))
      settings.applicationNamespaces = namespaces.filter((one) => one !== "");
  }
  return { settings, problems };
}

/** Keys of it that are known, and are so. */
export function keysThat(map: string, configMap: KubeObject, are: (known: SettingKey) => boolean): string[] {
  return Object.keys(textsOf(configMap["data"], "data", () => undefined)).filter((key) => {
    const known = settingKey(map, key);
    return known !== undefined && are(known);
  });
}

function readOwn(
  data: Readonly<Record<string, string>>,
  to: ArgoSettings,
  { report, warn }: { report: Say; warn: Say },
): void {
  const id = data["installationID"]?.trim() ?? "";
  if (/[\p{Cc}\s]/u.test(id)) report("installationID", "holds a space or a sign that does not print");
  else if (id !== "") to.installationID = id;
  const every = durationOf("timeout.reconciliation", data, report);
  // With Argo CD zero is never. Here Git is looked at all the same: a push that got lost would be lost for good.
  if (every !== undefined && every > 0) to.pollEveryMs = Math.max(every, 1_000);
  else if (every === 0)
    warn(
      "timeout.reconciliation",
      "is not honoured: 0 would be never, and a push that got lost would be lost for good",
      "Write a long time, or `poll` in the config",
    );
  const spread = durationOf("timeout.reconciliation.jitter", data, report);
  if (spread !== undefined) to.pollSpreadMs = spread;
  const exec = data["exec.enabled"]?.trim() ?? "";
  const shells = (data["exec.shells"] ?? "").split(",").map((one) => one.trim());
  // With Argo CD that word alone; and nothing else is worth that nothing is delivered.
  if (!["", "true", "false"].includes(exec))
    warn("exec.enabled", "is neither true nor false: terminals are as the config says");
  if (exec === "true" || exec === "false")
    to.exec = {
      is: exec === "true" ? "on" : "off",
      ...(shells.some((one) => one !== "") ? { shells: shells.filter((one) => one !== "") } : {}),
    };
  const impersonation = data["application.sync.impersonation.enabled"]?.trim() ?? "";
  if (/^(?:1|t|true)$/i.test(impersonation)) to.impersonation = "on";
  else if (/^(?:0|f|false)$/i.test(impersonation)) to.impersonation = "off";
  else if (impersonation !== "") report("application.sync.impersonation.enabled", "must be true or false");
}

function durationOf(key: string, data: Readonly<Record<string, string>>, report: Say): number | undefined {
  const text = data[key]?.trim() ?? "";
  if (text === "") return undefined;
  const ms = parseDurationMs(text);
  if (ms === undefined) report(key, "is no duration", "Write it like 180s");
  return ms;
}

function globalProjectsOf(text: string, report: Say): GlobalProject[] {
  const key = "globalProjects";
  const { documents, problems } = parseYaml(text, { duplicateKeys: "keep-last" });
  for (const problem of problems)
    if (problem.severity === "error") report(key, `line ${problem.line ?? 1}: ${problem.text}`, problem.fix);
  const value = documents[0]?.value ?? [];
  let isWhole = problems.every(({ severity }) => severity !== "error");
  checkShape(value, listOf(GLOBAL_PROJECT), [], ({ path = "", text: wrong, fix }) => {
    isWhole = false;
    report(`${key}${path}`, wrong, fix);
  });
  if (!isWhole) return [];
  return toGlobalProjects(value as Record<string, unknown>[], (path, wrong, fix) =>
    report(showPath(path), wrong, fix),
  );
}

/** They are told by the table of keys. */
function withoutTools(data: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(data).filter(([key]) => !key.startsWith("kustomize.path")));
}

function sayUnhonoured(map: string, data: Readonly<Record<string, string>>, warn: Say): void {
  for (const [key, value] of Object.entries(data)) {
    const known = settingKey(map, key);
    if (known?.is === "honoured") continue;
    // What customizations say of a slip below their key, they say themselves.
    if (known === undefined && key.startsWith("resource.customizations")) continue;
    if (known === undefined) {
      const meant = nearest(
        key,
        (SETTING_KEYS[map] ?? []).map((one) => one.key),
      );
      warn(key, "is none of Argo CD's keys, and changes nothing", meant && `Did you mean ${meant}?`);
    } else if (known.says?.(value) === true) warn(key, `is not honoured: ${known.why}`);
  }
}

/** Lines are those of a key's text, which a file's name before them would belie. */
function ofObject({ file: _, line, ...problem }: Problem, shown: string): Problem {
  return {
    ...problem,
    object: shown,
    text: line === undefined || line < 2 ? problem.text : `line ${line - 1}: ${problem.text}`,
  };
}

/** What several ConfigMaps say together. */
export function together(all: readonly ArgoSettings[]): ArgoSettings {
  const merged = noSettings();
  for (const { customizations, globalProjects, ...own } of all) {
    merged.customizations.health.push(...customizations.health);
    merged.customizations.actions.push(...customizations.actions);
    merged.customizations.ignoreDifferences.push(...customizations.ignoreDifferences);
    merged.customizations.buildOptions.push(...customizations.buildOptions);
    merged.customizations.resources.exclusions.push(...customizations.resources.exclusions);
    merged.customizations.resources.inclusions.push(...customizations.resources.inclusions);
    merged.globalProjects.push(...globalProjects);
    Object.assign(merged, own);
  }
  return merged;
}
