/** An entry of a directory, and the groups that were found for it, as an identity. */
import { printable } from "../../lib/printable.ts";
import { identityOfClaims, type ReadIdentity } from "./identity-of-claims.ts";

export interface DirectoryEntry {
  dn: string;
  /** By the name in lower case; what is no text is its bytes in hexadecimal. */
  values: ReadonlyMap<string, readonly string[]>;
}

/** Which attribute is what; `dn` is the entry's own name. */
export interface EntryNames {
  idAttribute: string;
  nameAttribute: string;
  mailAttribute: string;
  /** What of a person counts as a group. Absent: groups alone. */
  groupClaims?: readonly string[];
}

export function valuesOf({ dn, values }: DirectoryEntry, attribute: string): readonly string[] {
  return attribute.toLowerCase() === "dn" ? [dn] : (values.get(attribute.toLowerCase()) ?? []);
}

/** Two ids would be two people. Mail is as its owner or their administrator wrote it: nobody verified it. */
export function identityOfEntry(
  issuer: string,
  entry: DirectoryEntry,
  { idAttribute, nameAttribute, mailAttribute, groupClaims = ["groups"] }: EntryNames,
  groups: readonly string[],
): ReadIdentity {
  const ids = valuesOf(entry, idAttribute).filter((id) => id.trim() !== "");
  const [id, ...others] = ids;
  if (id === undefined || others.length > 0)
    return {
      is: "refused",
      why: `the entry ${printable(entry.dn)} has ${id === undefined ? "no" : "more than one"} ${idAttribute}`,
      fix: "Name an attribute as users.idAttribute that each person has once",
    };
  return identityOfClaims(
    issuer,
    {
      sub: id,
      preferred_username: valuesOf(entry, nameAttribute)[0],
      email: valuesOf(entry, mailAttribute)[0],
      groups,
    },
    groupClaims,
  );
}
