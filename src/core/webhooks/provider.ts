/** What a delivery of a webhook is, who sends it, and what is made of it. A payload is a hint: no field of it is a fact. */
import type { Secret } from "../model/secret.ts";

export const PROVIDER_NAMES = [
  "github",
  "gitlab",
  "bitbucket",
  "bitbucketServer",
  "azureDevOps",
  "gitea",
  "harbor",
  "dockerHub",
  "quay",
  "generic",
] as const;
export type ProviderName = (typeof PROVIDER_NAMES)[number];

/** As it arrived. */
export interface Delivery {
  /** By its name in lower case. */
  header(name: string): string | undefined;
  /** Parameter of the address. */
  query(name: string): string | undefined;
  /** The raw body, over which signatures are made. */
  body: Uint8Array;
}

/** Of one provider. What is absent is not demanded. */
export interface WebhookSecrets {
  /** Key of a signature, or the word that is sent along. */
  secret?: Secret;
  /** Bitbucket Cloud's name of the webhook itself. */
  uuid?: Secret;
  /** Azure DevOps's basic authentication. */
  username?: Secret;
  password?: Secret;
}

/** One branch or tag of one repository moved. */
export interface Push {
  /** Every address that the payload gives for the repository: web, clone, ssh. None where it names none. */
  urls: readonly string[];
  /** Name of the branch or tag, without `refs/heads/` and `refs/tags/`; "" where none is said. */
  ref: string;
  /** Whether it is the repository's default branch. */
  head: "is" | "is not" | "not said";
}

/** A tag of one repository of a registry was written. */
export interface ImagePush {
  /** `ghcr.io`, in lower case, with a port where it has one. */
  registry: string;
  /** `team/app`, in lower case. */
  repository: string;
  /** "" where it is not said. */
  tag: string;
}

export type Heard =
  | { is: "pushes"; pushes: readonly Push[] }
  | { is: "images"; images: readonly ImagePush[] }
  /** A pull or merge request was opened, changed or closed. `urls`: of the repository that it asks. */
  | { is: "pull-request"; urls: readonly string[] }
  /** A repository came, went or has another name. */
  | { is: "repository"; urls: readonly string[] }
  /** Somebody tries out whether we answer. */
  | { is: "ping" }
  | { is: "ignored"; why: string };

/** `genuine`: it proves whom it is from. `unsigned`: nothing is demanded of it. */
export type Verdict = { is: "genuine" } | { is: "unsigned" } | { is: "refused"; why: string };

export interface Provider {
  name: ProviderName;
  /** By headers alone. */
  claims(delivery: Delivery): boolean;
  /** By what the payload looks like, where no provider's headers are there. */
  looksLike(payload: unknown): boolean;
  verify(delivery: Delivery, secrets: WebhookSecrets): Verdict;
  /** Name of the event as the provider has it; "" where it is not said. */
  event(delivery: Delivery, payload: unknown): string;
  /** By which a second arrival of it is known; undefined where it has no id. */
  id(delivery: Delivery, payload: unknown): string | undefined;
  read(delivery: Delivery, payload: unknown): Heard;
}
