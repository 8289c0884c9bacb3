import type { TagRules } from "./choose-tag.ts";
import type { ImageName } from "./image-name.ts";

/** One image that is to be kept up to date, wherever that is written. */
export interface WantedImage {
  /** "" where it has none. */
  alias: string;
  image: ImageName;
  rules: TagRules;
  /** `always`: also where the application runs no such image. */
  update: "where-used" | "always";
  /** `linux/amd64`, `linux/arm64/v8`; none: any. */
  platforms: readonly string[];
  /** `pullsecret:namespace/name` and the like; undefined: the entry of repositories that speaks for it. */
  pullSecret: string | undefined;
  /** Whether what is written names its content too. */
  pin: "tag" | "digest";
  helm: { name?: string; tag?: string; spec?: string };
  /** By which name a kustomization knows it. */
  kustomize: string | undefined;
}

/** Which file is written, relative to the source's folder, or to the repository's root with a slash before it. */
export type WriteTarget =
  | { is: "override" }
  | { is: "kustomization"; path: string }
  | { is: "helm-values"; path: string };

export type WantedWriteBack =
  | { method: "argocd" }
  | {
      method: "git";
      /** Absent: the source's own. */
      repository?: string;
      /** Absent: the one that the source follows. */
      base?: string;
      /** Another branch, to which it is pushed; may hold `{{.AppName}}` and `{{.SHA256}}`. */
      to?: string;
      target: WriteTarget;
      pullRequest: "none" | "open";
    };

export interface WantedUpdates {
  images: readonly WantedImage[];
  writeBack: WantedWriteBack;
  /** What is wrong with what was written, with the fix, a sentence each. */
  problems: readonly string[];
}
