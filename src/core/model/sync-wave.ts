import { ANNOTATION } from "./application.ts";
import type { KubeObject } from "./kube-object.ts";

/** The wave that a text names; undefined where it is no whole number. Spaces around it make it none, as in Argo CD. */
export function parseWave(text: string): number | undefined {
  if (!/^[-+]?\d+$/.test(text)) return undefined;
  const wave = Number(text);
  // -0 is 0, and beyond this two waves could not be told apart.
  return Number.isSafeInteger(wave) ? wave + 0 : undefined;
}

/** The wave of an object in Git or in the cluster; Helm's hook weight where it has none that is a whole number; else 0. */
export function waveOf({ metadata: { annotations } }: Pick<KubeObject, "metadata">): number {
  if (annotations === undefined) return 0;
  for (const annotation of [ANNOTATION.syncWave, ANNOTATION.helmHookWeight]) {
    const wave = parseWave(annotations[annotation] ?? "");
    if (wave !== undefined) return wave;
  }
  return 0;
}
