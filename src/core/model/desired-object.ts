import type { KubeObject } from "./kube-object.ts";
import type { ObjectRef, RefKey } from "./object-ref.ts";
import type { SyncPhase } from "./operation.ts";

/** Where an object was written. `file` is relative to the repository, or a renderer's own name for a template's output. */
export interface Origin {
  /** Index into the application's sources. */
  source: number;
  file: string;
  /** 1-based line where the document starts. */
  line: number;
}

/** A text that a renderer made: one or more YAML documents, with the place they came from. */
export interface RenderedDocument {
  text: string;
  file: string;
  /** Line of `file` at which `text` starts, 1-based. */
  line: number;
  /**
   * What a text that is no Kubernetes manifest means: `refuse` (absent too) is an error with file and line;
   * `warn` is a warning and the text is left out, unless some of its documents parsed: then it is an error all the same.
   * A mapping that was meant as a manifest (`isMeantAsManifest`) and JSON that is none are errors too.
   * Source: Argo CD's plain folders, where a YAML file beside the manifests stops nothing.
   */
  onParseError?: "refuse" | "warn";
  /** Why there is no text: bytes that are none, a link to nowhere, a submodule. Counts as a text that is no manifest. */
  unreadable?: { /** One sentence without a full stop. */ why: string; fix: string };
}

/** A file of a plain folder that holds no manifest. What it gave when it held one must not be pruned because of it. */
export interface LeftOutFile {
  /** Index into the application's sources. */
  source: number;
  file: string;
  line: number;
  /** One sentence without a full stop. */
  why: string;
}

export type HookType = "PreSync" | "Sync" | "PostSync" | "SyncFail" | "Skip" | "PreDelete" | "PostDelete";

/** `ordinary`: applied, counted, pruned. `hook`: run by phases. `ignored`: neither (Skip, unknown hook types, Helm test hooks). */
export type Role =
  | { is: "ordinary" }
  | {
      is: "hook";
      types: [HookType, ...HookType[]];
      deletePolicies: ("HookSucceeded" | "HookFailed" | "BeforeHookCreation")[];
    }
  | { is: "ignored"; because: string };

/** One object that Git wants, ready to be applied: stripped, with namespace and tracking id set. */
export interface DesiredObject {
  ref: ObjectRef;
  key: RefKey;
  /** Exactly what is sent to the API server, before repairs and ignored fields. Never mutated. */
  object: KubeObject;
  /**
   * Hash over `object` in canonical form; equal hashes are equal objects. Of one that was applied from a render of the
   * same inputs and came out otherwise this time: of what was applied, see `asApplied`.
   */
  hash: string;
  origin: Origin;
  role: Role;
  phase: SyncPhase;
  wave: number;
  /** From `argocd.argoproj.io/sync-options`, trimmed, without repetitions. */
  syncOptions: readonly string[];
  /** From `argocd.argoproj.io/compare-options`. */
  compareOptions: readonly string[];
}
