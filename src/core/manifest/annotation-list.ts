import type { KubeObject } from "../model/kube-object.ts";

/** The entries of a comma-separated annotation, trimmed, each once. */
export function annotationList(object: KubeObject, annotation: string): string[] {
  const text = object.metadata.annotations?.[annotation];
  if (text === undefined) return [];
  return [
    ...new Set(
      text
        .split(",")
        .map((entry) => entry.trim())
        .filter((entry) => entry !== ""),
    ),
  ];
}
