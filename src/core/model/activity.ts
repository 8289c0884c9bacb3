import type { AppKey } from "./application.ts";
import type { ObjectRef } from "./object-ref.ts";

/** What somebody is who does something. */
export const ACTOR_KINDS = [
  "account",
  "sso",
  "project-role",
  /** `server.token`. */
  "server-token",
  /** Whoever owns the machine. */
  "local",
  /** By name alone: what is done later on their behalf. */
  "person",
  "token",
  /** Nobody showed who they are. */
  "nobody",
  /** Nobody asked for it: the daemon itself, whoever has its host, a file, a parent, a set, the home's cluster. */
  "daemon",
  "host",
  "file",
  "application",
  "applicationset",
  "cluster",
] as const;

/** Who did it. */
export interface Actor {
  kind: (typeof ACTOR_KINDS)[number];
  name: string;
  /** Who vouches for them; absent for accounts of ours. */
  issuer?: string;
  /** Id of the session or of the token that was shown. Never what is secret of it. */
  via?: string;
}

export interface ActivityObject {
  kind: "application" | "applicationset" | "project" | "cluster" | "repository" | "account" | "daemon";
  /** Absent where names of the kind are in no namespace. */
  namespace?: string;
  name: string;
  /** The one that is meant on the cluster. */
  live?: ObjectRef;
}

export type ActivityOutcome =
  | { is: "done" }
  /** It was not permitted. `why`: a sentence. */
  | { is: "refused"; why: string }
  | { is: "failed"; why: string };

/** Where a request came from. Absent for what the daemon does by itself. */
export interface ActivitySource {
  /** Of whoever asked, behind the proxies that are trusted. */
  address: string;
  agent?: string;
}

/** What is told of one deed. What holds secrets is masked before anything of it is kept. */
export interface ActivityNote {
  /** RFC 3339. */
  at: string;
  /** `user:…`, `daemon`, `file:…`. */
  actor: string;
  /** Default: what `actor` tells. */
  who?: Actor;
  from?: ActivitySource;
  action: string;
  app?: AppKey;
  project?: string;
  /** Default: the application. */
  object?: ActivityObject;
  /** Default: done. */
  outcome?: ActivityOutcome;
  /** What it was, and what it is since: of big ones only what differs is kept. */
  before?: unknown;
  after?: unknown;
  /** Why, in the words of whoever asked. */
  reason?: string;
  /** It stands for so many of its kind. */
  count?: number;
  /** Everything else that a person needs to understand it, as JSON. No secrets. */
  details: Record<string, unknown>;
}

/** A note that is kept: numbered, whole, and chained to the one before. */
export interface ActivityEntry extends ActivityNote {
  /** Rising without gaps. */
  seq: number;
  outcome: ActivityOutcome;
  /** Hash of the entry before, 64 hex digits. */
  previous: string;
  /** SHA-256 of this entry without this field, as JSON with sorted keys and no spaces. */
  hash: string;
}

/** Every condition that is given holds. */
export interface ActivityQuery {
  /** RFC 3339; the first moment that counts, and the first that does not any more. */
  since?: string;
  until?: string;
  /** As entries say it, or without `user:`. */
  actor?: string;
  action?: string;
  app?: AppKey;
  project?: string;
  outcome?: ActivityOutcome["is"];
  /** Stands somewhere in the entry, in whatever case. */
  text?: string;
  order: "newest-first" | "oldest-first";
  /** Only what comes after this one, in that order. */
  beyond?: number;
  limit: number;
}

/** The last entry of a chain. Whoever keeps it elsewhere sees later whether the end was cut off. */
export interface ActivityHead {
  seq: number;
  hash: string;
}

/** One entry as it is kept. */
export interface ChainRow {
  seq: number;
  /** What the hash is of. */
  text: string;
  hash: string;
}

/** What came of reading a chain. `verified`: entries that are as they were written. */
export type Verification =
  | { is: "whole"; verified: number; first: number | undefined; head: ActivityHead | undefined }
  /** `seq`: the first entry that is not as it was written, or is missing. `why`: a sentence without a full stop. */
  | { is: "broken"; verified: number; seq: number; why: string };

/** Action of the entry that stands in for older ones, which are kept no more: number and hash of the last of them. */
export const TRIMMED = "activity-trimmed";

/** Stands in place of a hash where no entry is before. */
export const NO_HASH = "0".repeat(64);

/** As a person notes it: `1024:9f86d0…`. */
export function sayHead({ seq, hash }: ActivityHead): string {
  return `${seq}:${hash}`;
}

/** @returns undefined for what is no head; `seq` is absent where only the hash is written */
export function parseHead(text: string): { seq?: number; hash: string } | undefined {
  const [, seq, hash] = /^(?:(\d{1,15}):)?([0-9a-f]{64})$/i.exec(text.trim()) ?? [];
  if (hash === undefined) return undefined;
  return { ...(seq === undefined ? {} : { seq: Number(seq) }), hash: hash.toLowerCase() };
}
