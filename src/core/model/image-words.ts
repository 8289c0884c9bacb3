import type { ApplicationImages, ImageLook, ImageState } from "./image-update.ts";

const STATES: Readonly<Record<ImageState, string>> = {
  newest: "up to date",
  update: "update available",
  written: "written, not delivered yet",
  kept: "kept",
  unused: "not used",
  failed: "failed",
};

export function stateWords({ is }: ImageLook): string {
  return STATES[is];
}

/** `semver ~1.2` */
export function rulesOf({ strategy, constraint }: ImageLook): string {
  return constraint === "" ? strategy : `${strategy} ${constraint}`;
}

/** Where what is chosen is written, in a few words. */
export function writeBackWords(writeBack: NonNullable<ApplicationImages["writeBack"]>): string {
  if (writeBack.method === "argocd") return "the Application itself";
  const { file, branch, to, repository } = writeBack;
  return `${file} of ${repository} (${to === undefined ? branch : `${branch}, by ${to}`})`;
}
