/** What a look at the applications of an Argo CD found, beside what it says of them itself. Nothing was written. */
import type { Application } from "./application.ts";
import type { Problem } from "./problem.ts";
import type { Project } from "./project.ts";
import type { Secret } from "./secret.ts";
import type { SeenApplication } from "./seen-application.ts";

/** What one side says of an application. Absent: it says nothing. */
export interface Verdict {
  sync?: string;
  health?: string;
  /** Commits or versions, one for each source. */
  revisions: string[];
  /** RFC 3339: when it said so. */
  at?: string;
}

/** One thing that both judge, and not alike. */
export interface VerdictDifference {
  of: "sync" | "health";
  /** As `show(ref)` prints it; absent: the application as a whole. */
  object?: string;
  /** Absent: that side says nothing of it. */
  argoCD?: string;
  holdfast?: string;
  /** Sentences without a full stop; what is secret is masked. Empty where nothing is known. */
  why: string[];
}

/** One application of Argo CD's. `application`: `namespace/name`. */
export type AdoptedApplication =
  | {
      is: "equal" | "different";
      application: string;
      argoCD: Verdict;
      holdfast: Verdict;
      /** Empty where it is `equal`. */
      differences: VerdictDifference[];
      /** What a person should know besides, sentences without a full stop. */
      notes: string[];
      /** What its verdict rests on and is not known, sentences without a full stop. */
      unknown: string[];
      /** As the look's engine saw it: tracking ids that are missing count as differences. */
      seen: SeenApplication;
      /** How many of its objects bear Argo CD's label alone; what is `Synced` here is so but for their tracking ids. */
      byLabel: number;
    }
  /** Its manifest cannot be read, or it was not looked at in time. */
  | { is: "not-judged"; application: string; why: string[] };

export interface AdoptionReport {
  /** Of the kubeconfig. */
  context: string;
  namespace: string;
  /** In the order of their names. */
  applications: AdoptedApplication[];
  /** What was read beside them, in Argo CD's own objects. */
  read: { projects: number; repositories: number; clusters: number };
  /** What cannot be taken over of its Secrets, settings and projects. */
  problems: Problem[];
  /** Keys of its settings that are known and have no effect here, `<ConfigMap>: <key>`. */
  notHonoured: string[];
}

/** What of Argo CD reconciles applications. `what`: objects, as `show(ref)` prints them. */
export type ArgoController = { is: "running" | "stopped"; what: readonly string[] } | { is: "not-found" };

/** Whether an Argo CD leaves an application alone. Sentences without a full stop. */
export type LettingGo = { is: "yes"; by: string } | { is: "no"; why: string; fix: string };

/** One application as Argo CD has it now, for whoever is to have it. */
export interface TakeableApplication {
  /** Somebody deleted it then (RFC 3339), and Argo CD or a finalizer holds it. */
  deletingSince?: string;
  /** `namespace/name`. */
  application: string;
  letsGo: LettingGo;
  /** Without what Argo CD notes in it; absent: it cannot be read. */
  manifest?: Application;
}

/** What applications of an Argo CD rest on, for a daemon that is to have them. */
export interface ArgoBelongings {
  projects: readonly Project[];
  /** Without the one around Argo CD. `body`: as the API takes a cluster, its credentials included. */
  clusters: readonly { name: string; server: string; body: Secret<Record<string, unknown>> }[];
}
