/** What somebody wrote of one application's images, wherever it stands: annotations, or an ImageUpdater. */
import { defined } from "../../lib/defined.ts";
import { ANYWHERE, compileGlob } from "../../lib/glob.ts";
import { compileGoRegexp } from "../../lib/go-regexp.ts";
import { parseConstraint } from "../../lib/version-constraint.ts";
import type { UpdateStrategy } from "../model/image-update.ts";
import type { TagRules } from "./choose-tag.ts";
import { parseImageName } from "./image-name.ts";
import type { WantedImage, WantedWriteBack, WriteTarget } from "./wanted-images.ts";

const STRATEGIES: Readonly<Record<string, UpdateStrategy>> = {
  semver: "semver",
  "newest-build": "newest-build",
  latest: "newest-build",
  digest: "digest",
  alphabetical: "alphabetical",
  name: "alphabetical",
};
const PLATFORM = /^[a-z0-9]+\/[a-z0-9_]+(?:\/[a-z0-9.]+)?$/;
export const MOST_IMAGES = 100;
/** Of one expression or glob. */
const LONGEST = 1_000;

/** Names of options of an image, as annotations have them; problems call them by `name`. */
export type Option = (name: string) => { name: string; value: string } | undefined;
/** Notes a problem. */
export type Wrong = (name: string, why: string, fix: string) => undefined;

/**
 * @param rest an image, and behind a colon what of it is wanted
 * @param list what problems of the entry itself are of
 */
export function readImage(
  { alias, rest, list }: { alias: string; rest: string; list: string },
  option: Option,
  wrong: Wrong,
): WantedImage | undefined {
  // A port stands before the last slash, a constraint behind it.
  const colon = rest.indexOf(":", rest.lastIndexOf("/") + 1);
  const image = parseImageName(colon < 0 ? rest : rest.slice(0, colon));
  if (image === undefined)
    return wrong(
      list,
      `${JSON.stringify(rest)} names no image`,
      "Write registry/name:constraint, such as ghcr.io/team/web:~1.2",
    );
  const constraint = colon < 0 ? "" : rest.slice(colon + 1).trim();
  const rules = readRules({ constraint, list }, option, wrong);
  if (rules === undefined) return undefined;
  const pin = option("pin")?.value;
  if (pin !== undefined && pin !== "digest" && pin !== "tag")
    wrong(
      option("pin")?.name ?? "",
      `${JSON.stringify(pin)} is neither digest nor tag`,
      "Write digest, or remove it",
    );
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

function readRules(
  { constraint, list }: { constraint: string; list: string },
  option: Option,
  wrong: Wrong,
): TagRules | undefined {
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
      list,
      "the strategy digest follows one tag, and none is named",
      "Write the tag behind the image: ghcr.io/team/web:latest",
    );
  if (strategy === "semver" && constraint !== "" && parseConstraint(constraint) === undefined)
    return wrong(
      list,
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

/** @param option names as annotations have them, and `pull-request` */
export function readWriteBack(option: Option, wrong: Wrong): WantedWriteBack {
  const said = option("write-back-method") ?? { name: "write-back-method", value: "argocd" };
  const method = said.value;
  if (method === "argocd") return { method: "argocd" };
  if (method !== "git" && !method.startsWith("git:")) {
    wrong(said.name, `there is no method ${JSON.stringify(method)}`, "Write git or argocd");
    return { method: "argocd" };
  }
  if (method.startsWith("git:secret:"))
    wrong(
      said.name,
      "a Secret that an application names is not used for writing",
      "Write git, and give the repository's entry credentials that may write, and push: allowed",
    );
  const [base = "", ...others] = (option("git-branch")?.value ?? "").split(":");
  const to = others.join(":") || option("git-write-branch")?.value || "";
  const pullRequest = option("pull-request");
  const opens = pullRequest?.value === "true";
  if (opens && to === "")
    wrong(
      pullRequest.name,
      "there is no branch that it could be opened from",
      "Write main:images-{{.AppName}} as git-branch",
    );
  const target = option("write-back-target");
  return {
    method: "git",
    target: readTarget(target?.value ?? "", target?.name ?? "", wrong),
    pullRequest: opens && to !== "" ? "open" : "none",
    ...defined({
      repository: option("git-repository")?.value || undefined,
      ...{ base: base || undefined, to: to || undefined },
    }),
  };
}

function readTarget(text: string, name: string, wrong: Wrong): WriteTarget {
  const [kind = "", ...rest] = text.split(":");
  const path = rest.join(":");
  if (kind === "kustomization") return { is: "kustomization", path };
  if (kind === "helmvalues") return { is: "helm-values", path: path || "values.yaml" };
  if (text !== "")
    wrong(
      name,
      `${JSON.stringify(text)} is neither kustomization nor helmvalues`,
      "Write kustomization, kustomization:path or helmvalues:path",
    );
  return { is: "override" };
}
