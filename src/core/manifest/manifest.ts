import type { DesiredObject, LeftOutFile, Origin } from "../model/desired-object.ts";
import type { KubeObject } from "../model/kube-object.ts";
import type { Problem } from "../model/problem.ts";

/** One object as a renderer wrote it, taken apart and stripped, before it has a place in a cluster. */
export interface Manifest {
  object: KubeObject;
  origin: Origin;
}

export interface ParsedManifests {
  manifests: Manifest[];
  /** Any error among them means: nothing of this render may be applied. */
  problems: Problem[];
  /** Files of plain folders that hold no manifest. A warning says so of each. */
  leftOut: LeftOutFile[];
}

export interface Normalised {
  /** In the order of the manifests; each ref once, but for hooks that are named by `generateName`. */
  desired: DesiredObject[];
  problems: Problem[];
  /** One for each object that stands there more than once; the content of a RepeatedResourceWarning. */
  repeated: Problem[];
}
