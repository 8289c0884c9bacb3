/** What annotations of an Application ask for. Source: Argo CD Image Updater's annotations, as its versions before 1 read them. */
import { defined } from "../../lib/defined.ts";
import { ANYWHERE, compileGlob } from "../../lib/glob.ts";
import { compileGoRegexp } from "../../lib/go-regexp.ts";
import { nearest } from "../../lib/nearest.ts";
import { parseConstraint } from "../../lib/version-constraint.ts";
import type { UpdateStrategy } from "../model/image-update.ts";
import type { TagRules } from "./choose-tag.ts";
import { parseImageName } from "./image-name.ts";
import type { WantedImage, WantedUpdates, WantedWriteBack, WriteTarget } from "./wanted-images.ts";

const PREFIX = "argocd-image-updater.argoproj.io/";
/** Ours: `true` opens a pull request for what was pushed to a branch of its own. */
const PULL_REQUEST = "holdfast.dev/image-pull-request";
/** Ours: `digest` writes the content beside the tag. */
const PIN = "holdfast.dev/image-pin";

const OF_APPLICATION = [
  ...["image-list", "write-back-method", "write-back-target", "git-branch", "git-repository"],
  ...["update-strategy", "allow-tags", "ignore-tags", "force-update", "pull-secret", "platforms"],
];
const OF_IMAGE = [
  ...["update-strategy", "allow-tags", "ignore-tags", "force-update", "pull-secret", "platforms"],
  ...["helm.image-name", "helm.image-tag", "helm.image-spec", "kustomize.image-name"],
];
const STRATEGIES: Readonly<Record<string, UpdateStrategy>> = {
  semver: "semver",
  "newest-build": "newest-build",
  latest: "newest-build",
  digest: "digest",
  alphabetical: "alphabetical",
  name: "alphabetical",
};
const PLATFORM = /^[a-z0-9]+\/[a-z0-9_]+(?:\/[a-z0-9.]+)?$/;
const MOST_IMAGES = 100;
/** Of one expression or glob. */
const LONGEST = 1_000;

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
  const images = written.slice(0, MOST_IMAGES).flatMap((entry) => readImage(entry, all, wrong) ?? []);
  const aliases = new Set(images.map(({ alias }) => alias).filter((alias) => alias !== ""));
  for (const annotation of Object.keys(all))
    if (annotation.startsWith(PREFIX)) checkName(annotation.slice(PREFIX.length), aliases, wrong);
  return { images, writeBack: readWriteBack(all, wrong), problems };
}

type Wrong = (name: string, why: string, fix: string) => undefined;

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

function readImage(entry: string, all: Annotations, wrong: Wrong): WantedImage | undefined {
  const [, alias = "", rest = ""] = /^(?:([\w-]+)=)?(.*)$/s.exec(entry) ?? [];
  // A port stands before the last slash, a constraint behind it.
  const colon = rest.indexOf(":", rest.lastIndexOf("/") + 1);
  const image = parseImageName(colon < 0 ? rest : rest.slice(0, colon));
  if (image === undefined)
    return wrong(
      "image-list",
      `${JSON.stringify(entry)} names no image`,
      "Write alias=registry/name:constraint, such as web=ghcr.io/team/web:~1.2",
    );
  const option = (name: string): { name: string; value: string } | undefined => {
    const own = alias === "" ? undefined : all[`${PREFIX}${alias}.${name}`];
    if (own !== undefined) return { name: `${alias}.${name}`, value: own.trim() };
    const shared = OF_APPLICATION.includes(name) ? all[`${PREFIX}${name}`] : undefined;
    return shared === undefined ? undefined : { name, value: shared.trim() };
  };
  const constraint = colon < 0 ? "" : rest.slice(colon + 1).trim();
  const rules = readRules(constraint, option, wrong);
  if (rules === undefined) return undefined;
  const pin = all[PIN];
  if (pin !== undefined && pin !== "digest" && pin !== "tag")
    wrong(PIN, `${JSON.stringify(pin)} is neither digest nor tag`, "Write digest, or remove it");
  const written = (name: string): string | undefined => option(name)?.value || undefined;
  return {
    ...{ alias, image, rules },
    update: written("force-update") === "true" ? "always" : "where-used",
    platforms: readPlatforms(option("platforms"), wrong),
    pullSecret: written("pull-secret"),
    pin: pin === "digest" || rules.strategy === "digest" ? "digest" : "tag",
    helm: defined({
      name: written("helm.image-name"),
      tag: written("helm.image-tag"),
      spec: written("helm.image-spec"),
    }),
    kustomize: written("kustomize.image-name"),
  };
}

type Option = (name: string) => { name: string; value: string } | undefined;

function readRules(constraint: string, option: Option, wrong: Wrong): TagRules | undefined {
  const asked = option("update-strategy");
  const strategy = STRATEGIES[asked?.value ?? "semver"];
  if (strategy === undefined)
    return wrong(
      asked?.name ?? "update-strategy",
      `there is no strategy ${JSON.stringify(asked?.value)}`,
      "Write semver, newest-build, digest or alphabetical",
    );
  if (strategy === "digest" && constraint === "")
    return wrong(
      "image-list",
      "the strategy digest follows one tag, and none is named",
      "Write the tag behind the image: web=ghcr.io/team/web:latest",
    );
  if (strategy === "semver" && constraint !== "" && parseConstraint(constraint) === undefined)
    return wrong(
      "image-list",
      `${JSON.stringify(constraint)} is no constraint of semantic versions`,
      "Write one such as ~1.2, ^2 or >=1.0 <2, or another update-strategy",
    );
  const allowed = readAllowed(option("allow-tags"), wrong);
  if (allowed === "wrong") return undefined;
  const globs = (option("ignore-tags")?.value ?? "")
    .split(",")
    .map((glob) => glob.trim())
    .filter((glob) => glob !== "");
  const compiled = globs.map((glob) => compileGlob(glob.slice(0, LONGEST), ANYWHERE));
  const broken = compiled.find((glob) => !glob.ok);
  if (broken !== undefined && !broken.ok)
    return wrong(option("ignore-tags")?.name ?? "", broken.problem, "Correct the pattern");
  return {
    ...{ strategy, constraint },
    allows: allowed,
    ignores: (tag) => compiled.some((glob) => glob.ok && glob.matches(tag)),
  };
}

function readAllowed(
  asked: ReturnType<Option>,
  wrong: Wrong,
): ((tag: string) => boolean) | undefined | "wrong" {
  if (asked === undefined || asked.value === "any") return undefined;
  const { name, value } = asked;
  if (!value.startsWith("regexp:") || value.length > LONGEST) {
    wrong(name, "it is neither `any` nor `regexp:` with an expression", "Write it as regexp:^v1\\.");
    return "wrong";
  }
  const expression = compileGoRegexp(value.slice("regexp:".length));
  if (expression.ok) return (tag) => expression.finds(tag);
  wrong(name, `its expression is none: ${expression.problem}`, "Correct it; what Go's regexp reads is taken");
  return "wrong";
}

function readPlatforms(asked: ReturnType<Option>, wrong: Wrong): readonly string[] {
  const named = (asked?.value ?? "")
    .split(",")
    .map((platform) => platform.trim().toLowerCase())
    .filter((platform) => platform !== "");
  const odd = named.find((platform) => !PLATFORM.test(platform));
  if (odd !== undefined)
    wrong(asked?.name ?? "", `${JSON.stringify(odd)} is no platform`, "Write it like linux/amd64");
  return named.filter((platform) => PLATFORM.test(platform));
}

function readWriteBack(all: Annotations, wrong: Wrong): WantedWriteBack {
  const method = (all[`${PREFIX}write-back-method`] ?? "argocd").trim();
  if (method === "argocd") return { method: "argocd" };
  if (method !== "git" && !method.startsWith("git:")) {
    wrong("write-back-method", `there is no method ${JSON.stringify(method)}`, "Write git or argocd");
    return { method: "argocd" };
  }
  if (method.startsWith("git:secret:"))
    wrong(
      "write-back-method",
      "a Secret that an application names is not used for writing",
      "Write git, and give the repository's entry credentials that may write, and push: allowed",
    );
  const branch = all[`${PREFIX}git-branch`]?.trim() ?? "";
  const [base = "", to = ""] = branch.split(":");
  const repository = all[`${PREFIX}git-repository`]?.trim() || undefined;
  const opens = all[PULL_REQUEST] === "true";
  if (opens && to === "")
    wrong(
      PULL_REQUEST,
      "there is no branch that it could be opened from",
      `Write ${PREFIX}git-branch: main:images-{{.AppName}}`,
    );
  return {
    method: "git",
    target: readTarget(all[`${PREFIX}write-back-target`]?.trim() ?? "", wrong),
    pullRequest: opens && to !== "" ? "open" : "none",
    ...defined({ repository, base: base || undefined, to: to || undefined }),
  };
}

function readTarget(text: string, wrong: Wrong): WriteTarget {
  const [kind = "", ...rest] = text.split(":");
  const path = rest.join(":");
  if (kind === "kustomization") return { is: "kustomization", path };
  if (kind === "helmvalues") return { is: "helm-values", path: path || "values.yaml" };
  if (text !== "")
    wrong(
      "write-back-target",
      `${JSON.stringify(text)} is neither kustomization nor helmvalues`,
      "Write kustomization, kustomization:path or helmvalues:path",
    );
  return { is: "override" };
}
