import type { Actor } from "../model/activity.ts";

/** Actors that stand for themselves. */
const BY_NAME: Readonly<Record<string, Actor["kind"]>> = {
  daemon: "daemon",
  host: "host",
  "the cluster": "cluster",
  anonymous: "nobody",
  nobody: "nobody",
  "user:anonymous": "nobody",
  "user:local": "local",
  "user:token": "server-token",
};
/** What stands before the colon. */
const BY_KIND: Readonly<Record<string, Actor["kind"]>> = {
  user: "person",
  token: "token",
  file: "file",
  application: "application",
  applicationset: "applicationset",
};

/**
 * Who an actor is where nothing is known of them but how they are called: what is done later on somebody's behalf, and what
 * nobody asked for.
 */
export function whoIs(actor: string): Actor {
  const kind = Object.hasOwn(BY_NAME, actor) ? BY_NAME[actor] : undefined;
  if (kind !== undefined) return { kind, name: actor.replace(/^user:/, "") };
  const [, word = "", name = ""] = /^([a-z]+):(.+)$/s.exec(actor) ?? [];
  const ofKind = Object.hasOwn(BY_KIND, word) ? BY_KIND[word] : undefined;
  return ofKind === undefined ? { kind: "person", name: actor } : { kind: ofKind, name };
}
