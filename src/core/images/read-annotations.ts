/** What annotations of an Application ask for. Source: Argo CD Image Updater's annotations, as its versions before 1 read them. */
import { nearest } from "../../lib/nearest.ts";
import { MOST_IMAGES, type Option, readImage, readWriteBack, type Wrong } from "./read-wanted.ts";
import type { WantedImage, WantedUpdates } from "./wanted-images.ts";

const PREFIX = "argocd-image-updater.argoproj.io/";
/** Ours: `true` opens a pull request for what was pushed to a branch of its own. */
const PULL_REQUEST = "holdfast.dev/image-pull-request";
/** Ours: `digest` writes the content beside the tag. */
const PIN = "holdfast.dev/image-pin";

const OF_APPLICATION = [
  ...[
    "image-list",
    "write-back-method",
    "write-back-target",
    "git-branch",
    "git-write-branch",
    "git-repository",
  ],
  ...["update-strategy", "allow-tags", "ignore-tags", "force-update", "pull-secret", "platforms"],
];
const OF_IMAGE = [
  ...["update-strategy", "allow-tags", "ignore-tags", "force-update", "pull-secret", "platforms"],
  ...["helm.image-name", "helm.image-tag", "helm.image-spec", "kustomize.image-name"],
];
type Annotations = Readonly<Record<string, string>>;

/** @returns undefined where they ask for nothing */
export function readAnnotations(all: Annotations): WantedUpdates | undefined {
  const list = all[`${PREFIX}image-list`];
  if (list === undefined || list.trim() === "") return undefined;
  const problems: string[] = [];
  const wrong = (name: string, why: string, fix: string): undefined => {
    problems.push(`annotation ${name.includes("/") ? name : `${PREFIX}${name}`}: ${why}. ${fix}`);
    return undefined;
  };
  const written = list
    .split(",")
    .map((entry) => entry.trim())
    .filter((entry) => entry !== "");
  if (written.length > MOST_IMAGES)
    wrong(
      "image-list",
      `it names ${written.length} images, and at most ${MOST_IMAGES} are followed`,
      "Name fewer",
    );
  const images = written.slice(0, MOST_IMAGES).flatMap((entry) => readEntry(entry, all, wrong) ?? []);
  const aliases = new Set(images.map(({ alias }) => alias).filter((alias) => alias !== ""));
  for (const annotation of Object.keys(all))
    if (annotation.startsWith(PREFIX)) checkName(annotation.slice(PREFIX.length), aliases, wrong);
  return { images, writeBack: readWriteBack(optionOf(all, ""), wrong), problems };
}

function readEntry(entry: string, all: Annotations, wrong: Wrong): WantedImage | undefined {
  const [, alias = "", rest = ""] = /^(?:([\w-]+)=)?(.*)$/s.exec(entry) ?? [];
  return readImage({ alias, rest, list: "image-list" }, optionOf(all, alias), wrong);
}

/** What is written of an image by its alias, or of all. */
function optionOf(all: Annotations, alias: string): Option {
  return (name) => {
    const ours = { pin: PIN, "pull-request": PULL_REQUEST }[name];
    const own = alias === "" ? undefined : all[`${PREFIX}${alias}.${name}`];
    if (own !== undefined) return { name: `${alias}.${name}`, value: own.trim() };
    const shared =
      ours !== undefined ? all[ours] : OF_APPLICATION.includes(name) ? all[`${PREFIX}${name}`] : undefined;
    return shared === undefined ? undefined : { name: ours ?? name, value: shared.trim() };
  };
}

function checkName(name: string, aliases: ReadonlySet<string>, wrong: Wrong): void {
  if (OF_APPLICATION.includes(name)) return;
  const dot = name.indexOf(".");
  const [alias, option] = [name.slice(0, Math.max(0, dot)), name.slice(dot + 1)];
  if (dot > 0 && OF_IMAGE.includes(option)) {
    if (aliases.has(alias)) return;
    wrong(name, `image-list has no image with the alias ${alias}`, `Write ${alias}=image into image-list`);
    return;
  }
  const near = nearest(dot > 0 ? option : name, dot > 0 ? OF_IMAGE : OF_APPLICATION);
  const meant = near === undefined ? "" : dot > 0 ? `${alias}.${near}` : near;
  wrong(name, "there is no such option", meant === "" ? "Remove it" : `Did you mean ${meant}?`);
}
