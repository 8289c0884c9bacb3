import { hashText } from "../../../lib/hash.ts";
import type { ObjectRecord } from "../../model/comparison.ts";
import type { DesiredObject } from "../../model/desired-object.ts";
import type { RefKey } from "../../model/object-ref.ts";
import type { Standing } from "../../model/standing.ts";
import type { Applied } from "./records.ts";

type Records = ReadonlyMap<RefKey, ObjectRecord>;

/** What a target is made of, and what of it is wanted. */
export interface Render {
  inputs: string;
  content: string;
  desired: readonly DesiredObject[];
}

/**
 * What is to be remembered of a render that was applied.
 * @returns undefined while any of its objects was applied last as another render has it
 */
export function standingOf({ inputs, content, desired }: Render, records: Records): Standing | undefined {
  const isWhole = appliedOf(desired, records).every(({ one, hash }) => one.hash === hash);
  return isWhole ? { inputs, content, applied: appliedContent(desired, records) } : undefined;
}

/**
 * A render of the same inputs as the one that stands: what was applied last stands in the place of what chance made of
 * them now, by its hash. Its values are one set (a certificate and who trusts it), so where the records are not those of
 * one whole render, none of it does.
 *
 * @returns undefined where nothing stands for anything
 */
export function asApplied(
  { inputs, desired }: Pick<Render, "inputs" | "desired">,
  standing: Standing | undefined,
  records: Records,
): { desired: DesiredObject[]; stands: ReadonlySet<RefKey> } | undefined {
  if (standing?.inputs !== inputs || standing.applied !== appliedContent(desired, records)) return undefined;
  const hashes = new Map(
    appliedOf(desired, records).flatMap(({ one, hash }) => (one.hash === hash ? [] : [[one.key, hash]])),
  );
  if (hashes.size === 0) return undefined;
  return {
    desired: desired.map((one) => ({ ...one, hash: hashes.get(one.key) ?? one.hash })),
    stands: new Set(hashes.keys()),
  };
}

function appliedContent(desired: readonly DesiredObject[], records: Records): string {
  const lines = appliedOf(desired, records).map(({ one, hash }) => `${one.key} ${hash}`);
  return hashText(lines.sort().join("\n"));
}

function appliedOf(
  desired: readonly DesiredObject[],
  records: Records,
): { one: DesiredObject; hash: string }[] {
  return desired.flatMap((one) => {
    const applied = one.role.is === "ordinary" ? records.get(one.key)?.applied : undefined;
    return applied === undefined ? [] : [{ one, hash: objectHash(applied) }];
  });
}

function objectHash({ objectHash, desiredHash }: Applied): string {
  return objectHash ?? desiredHash;
}
