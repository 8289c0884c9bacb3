/** Writes what an Argo CD has as the files of a standalone home. Nothing is written to any cluster. */
import { existsSync, mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import type { AdoptExportAsk, AdoptionExport } from "../cli/offline-verbs.ts";
import { type ExportedFile, exportedHome } from "../core/adopt/exported-home.ts";
import { notCarried, unpushed } from "../core/adopt/not-carried.ts";
import { exportedImages } from "../core/argocd/exported-images.ts";
import { SETTINGS_MAP } from "../core/argocd/setting-keys.ts";
import { Failure } from "../core/model/failure.ts";
import type { KubeObject } from "../core/model/kube-object.ts";
import { parseApplication } from "../core/model/parse-application.ts";
import { parseProject } from "../core/model/parse-project.ts";
import { showProblem } from "../core/model/problem.ts";
import { codeOf, messageOf } from "../lib/caught.ts";
import { defined } from "../lib/defined.ts";
import { asOurs, silentLog, withoutEffect } from "./adopt.ts";
import { buildOptions } from "./adopt-config.ts";
import { readEstate, readImages } from "./adopt-read.ts";
import { kubeconfigOf } from "./cluster-account.ts";
import { readConfig } from "./config-file.ts";
import type { Surroundings } from "./surroundings.ts";

/** @throws {Failure} as `adopt`; config where the folder holds something, or cannot be written */
export async function adoptExport(around: Surroundings, ask: AdoptExportAsk): Promise<AdoptionExport> {
  const { context, namespace, signal, names } = ask;
  const dir = resolve(around.cwd, ask.dir);
  refuseFull(dir);
  const kubeconfig = resolve(around.cwd, ask.kubeconfig ?? kubeconfigOf(around.env));
  const where = { kubeconfig, context, namespace, environment: around.env, log: silentLog(), signal };
  const estate = await readEstate(where);
  const keyOf = ({ metadata }: KubeObject): string => `${metadata.namespace ?? namespace}/${metadata.name}`;
  const chosen = estate.applications.filter((each) => names === undefined || names.includes(keyOf(each)));
  const going = chosen.filter(({ metadata }) => metadata.deletionTimestamp !== undefined);
  const written = chosen.filter((each) => !going.includes(each));
  const { settings, repositories } = estate.held;
  const read = await readImages(where, written);
  const images = exportedImages({ ...read, namespace, repositories });
  const { files, left } = exportedHome({
    imageUpdaters: read.updaters.map(manifestOf),
    images: images.settings,
    namespace,
    applications: written.map((each) => asOurs(each) as KubeObject),
    projects: estate.projects.map(manifestOf),
    repositories: [...repositories, ...images.registries],
    clusters: estate.held.clusters.map(({ entry }) => entry),
    customizations: customizationsOf(estate.configMaps),
    globalProjects: settings.globalProjects,
    installationID: settings.installationID,
    impersonation: settings.impersonation ?? "off",
    buildOptions: buildOptions(estate.configMaps),
    home: { kubeconfig, context },
  });
  for (const file of files) write(dir, file);
  const unread = [
    ...written.map((each) => parseApplication(asOurs(each), { homeNamespace: namespace })),
    ...estate.projects.map((each) => parseProject(manifestOf(each), { homeNamespace: namespace })),
  ].flatMap((parsed) => (parsed.ok ? [] : parsed.problems.filter(({ severity }) => severity === "error")));
  const config = readConfig(join(dir, "holdfast.yaml"), around);
  return {
    dir,
    files: files.map(({ path }) => path),
    left: [
      ...left,
      ...images.left,
      ...unpushed({ ...read, applications: written }),
      ...[...read.problems, ...unread, ...estate.problems, ...(config.ok ? [] : config.problems)].map(
        showProblem,
      ),
      ...notCarried({ applications: chosen, going, namespace }),
      ...[...Map.groupBy(withoutEffect(estate), (key) => key.split(": ")[0])].map(
        ([map, keys]) =>
          `ConfigMap ${namespace}/${map}: without effect here: ${keys.map((key) => key.slice(key.indexOf(": ") + 2)).join(", ")}`,
      ),
    ],
  };
}

function manifestOf({ apiVersion, kind, metadata, spec }: KubeObject): KubeObject {
  const { name, namespace, labels } = metadata;
  return { apiVersion, kind, metadata: { name, ...defined({ namespace, labels }) }, spec };
}

/** Where it says something of kinds: health, actions, what is ignored and left out. */
function customizationsOf(configMaps: readonly KubeObject[]): KubeObject | undefined {
  const map = configMaps.find(({ metadata }) => metadata.name === SETTINGS_MAP);
  const data = map?.["data"];
  const isAny =
    typeof data === "object" && data !== null && Object.keys(data).some((key) => key.startsWith("resource."));
  return map === undefined || !isAny ? undefined : map;
}

function refuseFull(dir: string): void {
  try {
    if (!existsSync(dir) || readdirSync(dir).length === 0) return;
  } catch (cause) {
    throw cannotWrite(dir, cause);
  }
  throw new Failure("config", dir, "after-edit", {
    cannot: "export into it",
    why: "it holds something already, which would be mixed with what Argo CD has",
    fix: "Name a folder that is empty, or not there yet",
  });
}

function write(dir: string, { path, text, readers }: ExportedFile): void {
  const file = join(dir, path);
  const isSecret = readers === "owner";
  try {
    mkdirSync(dirname(file), { recursive: true, mode: isSecret ? 0o700 : 0o777 });
    writeFileSync(file, text, { mode: isSecret ? 0o600 : 0o666, flag: "wx" });
  } catch (cause) {
    throw cannotWrite(file, cause);
  }
}

function cannotWrite(file: string, cause: unknown): Failure {
  return new Failure("config", file, "after-edit", {
    cannot: "write it",
    why: codeOf(cause) || messageOf(cause),
    fix: "Name a folder that you may write to",
    cause,
  });
}
