/** Images of applications that are kept up to date, as the API says it and the command line and the page show it. */
import type { AppKey } from "./application.ts";

/** Argo CD Image Updater's names. */
export const UPDATE_STRATEGIES = ["semver", "newest-build", "digest", "alphabetical"] as const;
export type UpdateStrategy = (typeof UPDATE_STRATEGIES)[number];

/**
 * `newest`: what runs is what would be chosen. `update`: something newer is there and not written yet. `written`: it is
 * written, and not delivered yet. `kept`: what runs is left as it is, with the reason. `unused`: the application has no
 * such image. `failed`: it could not be told.
 */
export const IMAGE_STATES = ["newest", "update", "written", "kept", "unused", "failed"] as const;
export type ImageState = (typeof IMAGE_STATES)[number];

/** One image that an application has kept up to date, as it was looked at last. */
export interface ImageLook {
  /** As annotations name it; "" where they do not. */
  alias: string;
  /** Without tag and digest, as it is written. */
  image: string;
  /** Of versions; of `digest` the tag that is followed. "" where there is none. */
  constraint: string;
  strategy: UpdateStrategy;
  is: ImageState;
  /** Of `kept`, `unused` and `failed`: why, a sentence without a full stop. */
  why?: string;
  /** Tag or digest that runs; absent where it is not known. */
  current?: string;
  /** What was chosen, as it would be written: a tag, a tag with a digest. */
  chosen?: string;
  /** RFC 3339; of `newest-build`. */
  chosenAt?: string;
  /** Those that could be chosen, the best first, and how many there are. */
  candidates: readonly string[];
  candidateCount: number;
  /** Why others are not chosen, and how many there are of each. */
  out: readonly { why: string; count: number; tags: readonly string[] }[];
}

/** Where what was chosen is written. */
export type WriteBack =
  | {
      method: "git";
      repository: string;
      /** Whose file is read. */
      branch: string;
      /** That is pushed to, where it is another one. */
      to?: string;
      file: string;
    }
  | { method: "argocd" };

/** A commit, or a change of the Application, that brought images up to date. */
export interface ImageWrite {
  /** RFC 3339. */
  at: string;
  /** `nginx 1.2.0 → 1.2.1` */
  changes: readonly string[];
  commit?: string;
  branch?: string;
  pullRequest?: string;
}

export interface ApplicationImages {
  app: AppKey;
  images: readonly ImageLook[];
  writeBack?: WriteBack;
  /** RFC 3339; absent where it was not looked yet. */
  checkedAt?: string;
  last?: ImageWrite;
  /** What is wrong with what is asked for, or stands in the way of writing it; with the fix, a sentence each. */
  problems: readonly string[];
}

/** What an update wrote, or would write. */
export interface ImageUpdateResult {
  mode: "dry-run" | "write";
  applications: readonly ApplicationImages[];
  writes: readonly ImageUpdateWrite[];
}

/** One commit, for all applications that it is for; or one Application. */
export interface ImageUpdateWrite {
  apps: readonly AppKey[];
  /** `would-write`: a dry run. */
  is: "written" | "would-write" | "failed";
  repository?: string;
  branch?: string;
  commit?: string;
  pullRequest?: string;
  files: readonly string[];
  changes: readonly string[];
  /** Of `failed`. */
  why?: string;
}
