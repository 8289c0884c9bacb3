import { nearest } from "../../lib/nearest.ts";
import { ANNOTATION } from "./application.ts";

/** Argo CD's own prefix: whoever writes under it wants something of it, or of us. */
const PREFIX = "argocd.argoproj.io/";

/**
 * All that Argo CD has under its prefix, for objects and for Applications: an Application is an object of its parent,
 * too. Some have no effect here, because there is nothing to turn off or to refresh; they are no slips.
 */
const KNOWN: readonly string[] = [
  ...Object.values(ANNOTATION).filter((name) => name.startsWith(PREFIX)),
  ...[
    "application-set-refresh",
    "hydrate",
    "hydrate-timestamp",
    "ignore-default-links",
    "ignore-resource-updates",
    "ignore-restart-policy",
    "managed-by-url",
    "manifest-generate-paths",
    "refresh-timestamp",
  ].map((name) => `${PREFIX}${name}`),
];

/** What is to be said of annotations under Argo CD's prefix that nothing knows. */
export function unknownAnnotations(
  annotations: Readonly<Record<string, string>>,
): { annotation: string; text: string; fix: string }[] {
  return Object.keys(annotations)
    .filter((name) => name.startsWith(PREFIX) && !KNOWN.includes(name))
    .map((annotation) => {
      const meant = nearest(
        annotation.slice(PREFIX.length),
        KNOWN.map((name) => name.slice(PREFIX.length)),
      );
      return {
        annotation,
        text: "this annotation is not known and has no effect",
        fix: meant === undefined ? "Remove it" : `Did you mean ${PREFIX}${meant}?`,
      };
    });
}
