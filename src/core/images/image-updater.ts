/**
 * The resource of Argo CD Image Updater from its version 1 on: which applications have which images kept up to date.
 * Source: its API argocd-image-updater.argoproj.io/v1alpha1.
 */
import { ANYWHERE, compileGlob, matchesGlob } from "../../lib/glob.ts";
import type { Application } from "../model/application.ts";
import { isSelector, selectorMatches } from "../model/label-selector.ts";
import { parseManifest } from "../model/parse-application.ts";
import type { Parsed } from "../model/problem.ts";
import { ANYTHING, checkShape, FLAG, fields, listOf, type Shape, TEXT } from "../model/shape.ts";
import { MOST_IMAGES, type Option, readImage, readWriteBack } from "./read-wanted.ts";
import type { WantedUpdates } from "./wanted-images.ts";

export const UPDATER_GROUP = "argocd-image-updater.argoproj.io";
export const UPDATER_VERSION = `${UPDATER_GROUP}/v1alpha1`;
export const UPDATER_KIND = "ImageUpdater";

interface UpdateSettings {
  updateStrategy?: string;
  forceUpdate?: boolean;
  allowTags?: string;
  ignoreTags?: readonly string[];
  pullSecret?: string;
  platforms?: readonly string[];
}

interface WriteBackConfig {
  method?: string;
  gitConfig?: {
    repository?: string;
    branch?: string;
    writeBackTarget?: string;
    pullRequest?: Record<string, unknown>;
  };
}

interface ImageConfig {
  alias: string;
  imageName: string;
  commonUpdateSettings?: UpdateSettings;
  manifestTargets?: { helm?: { name?: string; tag?: string; spec?: string }; kustomize?: { name: string } };
}

export interface ApplicationRef {
  namePattern: string;
  labelSelectors?: Record<string, unknown>;
  /** The application's own annotations count, and nothing that stands here. */
  useAnnotations?: boolean;
  commonUpdateSettings?: UpdateSettings;
  writeBackConfig?: WriteBackConfig;
  images?: readonly ImageConfig[];
}

export interface ImageUpdater {
  metadata: { name: string; namespace: string };
  spec: {
    /** Of its applications; of versions that have it no more it is the resource's own. */
    namespace?: string;
    commonUpdateSettings?: UpdateSettings;
    writeBackConfig?: WriteBackConfig;
    applicationRefs: readonly ApplicationRef[];
  };
}

const warned = (known: Readonly<Record<string, Shape>>, required: readonly string[] = []): Shape =>
  fields(known, { required, unknown: "warn" });
const SETTINGS = warned({
  ...{ updateStrategy: TEXT, forceUpdate: FLAG, allowTags: TEXT, ignoreTags: listOf(TEXT) },
  ...{ pullSecret: TEXT, platforms: listOf(TEXT) },
});
const WRITE_BACK = warned({
  method: TEXT,
  gitConfig: warned({ repository: TEXT, branch: TEXT, writeBackTarget: TEXT, pullRequest: ANYTHING }),
});
const IMAGE = warned(
  {
    ...{ alias: TEXT, imageName: TEXT, commonUpdateSettings: SETTINGS },
    manifestTargets: warned({
      helm: warned({ name: TEXT, tag: TEXT, spec: TEXT }),
      kustomize: warned({ name: TEXT }, ["name"]),
    }),
  },
  ["alias", "imageName"],
);
const UPDATER: Shape = fields(
  {
    ...{ apiVersion: TEXT, kind: TEXT, status: ANYTHING },
    metadata: fields({ name: TEXT, namespace: TEXT }, { required: ["name"] }),
    spec: warned(
      {
        ...{ namespace: TEXT, commonUpdateSettings: SETTINGS, writeBackConfig: WRITE_BACK },
        applicationRefs: listOf(
          warned(
            {
              ...{ namePattern: TEXT, labelSelectors: ANYTHING, useAnnotations: FLAG },
              ...{ commonUpdateSettings: SETTINGS, writeBackConfig: WRITE_BACK, images: listOf(IMAGE) },
            },
            ["namePattern"],
          ),
        ),
      },
      ["applicationRefs"],
    ),
  },
  { required: ["metadata", "spec"] },
);

export function parseImageUpdater(
  value: unknown,
  { homeNamespace }: { homeNamespace: string },
): Parsed<ImageUpdater> {
  return parseManifest<ImageUpdater>(
    value,
    UPDATER_KIND,
    homeNamespace,
    (problems) => checkShape(value, UPDATER, [], (problem) => problems.push(problem)),
    ({ spec, metadata }, report) => {
      // Whoever may write in one namespace says nothing of another one's applications.
      if (spec.namespace !== undefined && spec.namespace !== metadata.namespace)
        report(
          "error",
          "spec.namespace",
          "is not the namespace of the resource, and of another one's applications it says nothing",
          `Move it to the namespace ${spec.namespace}, and remove the field`,
        );
      for (const [
        at,
        { namePattern, labelSelectors, images, useAnnotations },
      ] of spec.applicationRefs.entries()) {
        const place = `spec.applicationRefs[${at}]`;
        const glob = compileGlob(namePattern, ANYWHERE);
        if (!glob.ok) report("error", `${place}.namePattern`, glob.problem);
        if (labelSelectors !== undefined && !isSelector(labelSelectors))
          report(
            "error",
            `${place}.labelSelectors`,
            "must be a selector",
            "Write matchLabels or matchExpressions below it",
          );
        if (useAnnotations !== true && (images ?? []).length === 0)
          report("error", `${place}.images`, "must name an image", "Name one, or write useAnnotations: true");
        const aliases = (images ?? []).map(({ alias }) => alias);
        const twice = aliases.find((alias, other) => aliases.indexOf(alias) !== other);
        if (twice !== undefined)
          report("error", `${place}.images`, `the alias ${twice} stands there twice`, "Rename one");
      }
    },
    UPDATER_VERSION,
  );
}

interface Match {
  updater: ImageUpdater;
  at: number;
  ref: ApplicationRef;
}

/** Best first: a name before a pattern, the longer pattern, one that asks for labels, then by the resource's name. */
function matchesOf({ metadata }: Application, updaters: readonly ImageUpdater[]): Match[] {
  const { name, namespace, labels = {} } = metadata;
  const all = updaters
    .filter((updater) => updater.metadata.namespace === namespace)
    .flatMap((updater) => updater.spec.applicationRefs.map((ref, at): Match => ({ updater, at, ref })))
    .filter(
      ({ ref: { namePattern, labelSelectors } }) =>
        matchesGlob(namePattern, name, ANYWHERE) &&
        (labelSelectors === undefined || selectorMatches(labelSelectors, labels)),
    );
  const rank = ({ ref: { namePattern, labelSelectors }, updater, at }: Match) =>
    [
      namePattern === name ? 0 : 1,
      -namePattern.replace(/[*?[\]{}]/g, "").length,
      labelSelectors === undefined ? 1 : 0,
      updater.metadata.name,
      at,
    ] as const;
  return all.sort((one, other) => {
    const [a, b] = [rank(one), rank(other)];
    const differs = a.findIndex((part, place) => part !== b[place]);
    const [x = 0, y = 0] = [a[differs], b[differs]];
    return differs < 0 ? 0 : x < y ? -1 : 1;
  });
}

/** The one that counts, of all that mean the application; undefined: none does. */
export function updaterOf(app: Application, updaters: readonly ImageUpdater[]): ImageUpdater | undefined {
  return matchesOf(app, updaters)[0]?.updater;
}

/** `annotations`: an ImageUpdater says that these count. Undefined: none speaks of it. */
export function wantedByUpdaters(
  app: Application,
  updaters: readonly ImageUpdater[],
): WantedUpdates | "annotations" | undefined {
  const [first, ...others] = matchesOf(app, updaters);
  if (first === undefined) return undefined;
  if (first.ref.useAnnotations === true) return "annotations";
  const wanted = wantedOf(first);
  const { name } = first.updater.metadata;
  const beside = [...new Set(others.map(({ updater }) => updater.metadata.name))].filter(
    (one) => one !== name,
  );
  if (beside.length === 0) return wanted;
  const why = `ImageUpdater ${beside.join(" and ")} speaks of it too, and ${name} alone counts. Narrow down the namePattern of one`;
  return { ...wanted, problems: [...wanted.problems, why] };
}

function wantedOf({ updater: { metadata, spec }, at, ref }: Match): WantedUpdates {
  const problems: string[] = [];
  const place = `spec.applicationRefs[${at}]`;
  const wrong = (name: string, why: string, fix: string): undefined => {
    problems.push(`ImageUpdater ${metadata.name}: ${name}: ${why}. ${fix}`);
    return undefined;
  };
  const written = ref.images ?? [];
  if (written.length > MOST_IMAGES)
    wrong(`${place}.images`, `at most ${MOST_IMAGES} images are followed`, "Name fewer");
  const images = written.slice(0, MOST_IMAGES).flatMap((image, index) => {
    const own = `${place}.images[${index}]`;
    const settings = [
      { place: own, of: image.commonUpdateSettings },
      { place, of: ref.commonUpdateSettings },
      { place: "spec", of: spec.commonUpdateSettings },
    ];
    const option: Option = (name) => targetOption(image, own, name) ?? settingOption(settings, name);
    const entry = { alias: image.alias, rest: image.imageName, list: `${own}.imageName` };
    return readImage(entry, option, wrong) ?? [];
  });
  const writeBack = [
    { place: `${place}.writeBackConfig`, of: ref.writeBackConfig },
    { place: "spec.writeBackConfig", of: spec.writeBackConfig },
  ];
  return { images, writeBack: readWriteBack((name) => writeBackOption(writeBack, name), wrong), problems };
}

function targetOption({ manifestTargets: to }: ImageConfig, place: string, name: string): ReturnType<Option> {
  const [tool = "", field = ""] = name.split(".");
  if (field === "" || (tool !== "helm" && tool !== "kustomize")) return undefined;
  const key = field.replace(/^image-/, "");
  const value = (to?.[tool] as Record<string, string> | undefined)?.[key];
  // Of a spec it takes, name and tag may stand beside it empty.
  return value === undefined || value === ""
    ? undefined
    : { name: `${place}.manifestTargets.${tool}.${key}`, value: value.trim() };
}

const SETTING: Readonly<Record<string, keyof UpdateSettings>> = {
  "update-strategy": "updateStrategy",
  "allow-tags": "allowTags",
  "ignore-tags": "ignoreTags",
  "force-update": "forceUpdate",
  "pull-secret": "pullSecret",
  platforms: "platforms",
};

function settingOption(
  levels: readonly { place: string; of: UpdateSettings | undefined }[],
  name: string,
): ReturnType<Option> {
  const key = SETTING[name];
  if (key === undefined) return undefined;
  const level = levels.find(({ of }) => of?.[key] !== undefined);
  return level && { name: `${level.place}.commonUpdateSettings.${key}`, value: String(level.of?.[key]) };
}

/** The branch of a request is ours to name: another one for other changes, as Image Updater has it. */
const REQUEST_BRANCH = "image-updater-{{.TargetKey}}-{{.SHA256}}";

function writeBackOption(
  levels: readonly { place: string; of: WriteBackConfig | undefined }[],
  name: string,
): ReturnType<Option> {
  const git = <T>(read: (of: NonNullable<WriteBackConfig["gitConfig"]>) => T | undefined) =>
    levels.flatMap(({ place, of }) => {
      const value = of?.gitConfig === undefined ? undefined : read(of.gitConfig);
      return value === undefined ? [] : [{ place: `${place}.gitConfig`, value }];
    })[0];
  const told = (key: string, found: { place: string; value: string } | undefined): ReturnType<Option> =>
    found && { name: `${found.place}.${key}`, value: found.value.trim() };
  const opens = git(({ pullRequest }) => (pullRequest === undefined ? undefined : "true"));
  switch (name) {
    case "write-back-method": {
      const level = levels.find(({ of }) => of?.method !== undefined);
      return level && { name: `${level.place}.method`, value: level.of?.method ?? "" };
    }
    case "write-back-target":
      return told(
        "writeBackTarget",
        git(({ writeBackTarget }) => writeBackTarget),
      );
    case "git-repository":
      return told(
        "repository",
        git(({ repository }) => repository),
      );
    case "git-branch":
      return told(
        "branch",
        git(({ branch }) => branch),
      );
    case "git-write-branch":
      return opens && { name: `${opens.place}.pullRequest`, value: REQUEST_BRANCH };
    case "pull-request":
      return told("pullRequest", opens);
    default:
      return undefined;
  }
}
