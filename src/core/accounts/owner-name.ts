import type { Actor } from "../model/activity.ts";

/** The same person by whichever session or token of theirs, as one text: what is kept of each is kept by it. */
export function ownerName({ kind, issuer = "", name }: Pick<Actor, "kind" | "issuer" | "name">): string {
  return JSON.stringify([kind, issuer, name]);
}

/** The account of ours that such a name is of; undefined for whoever is vouched for elsewhere, and for programs. */
export function accountOfOwner(owner: string): string | undefined {
  const kept = ACCOUNT.exec(owner)?.[1];
  return kept === undefined ? undefined : (JSON.parse(kept) as string);
}

const ACCOUNT = /^\["account","",("(?:[^"\\]|\\.)*")\]$/;
