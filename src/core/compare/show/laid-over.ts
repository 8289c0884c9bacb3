import { isMapping } from "../../../lib/is-mapping.ts";
import { isOurs } from "../../model/field-manager.ts";
import type { FieldsV1, KubeObject } from "../../model/kube-object.ts";
import { isSecret, secretData } from "../../model/secret-data.ts";
import { mergeKeys } from "../fields/counterpart.ts";
import { elementOf, isLeaf } from "../fields/fields-v1.ts";

/** What is claimed of one place, by our applies and by everybody else. All of it tells how lists merge. */
interface Claims {
  ours: FieldsV1 | undefined;
  others: readonly FieldsV1[];
}

/**
 * The live object with Git's values in their places, and without what we applied once and Git has no more: as near as
 * one comes to an apply without a server. Where the server refuses an object it is what a person is shown, so that
 * defaults and other people's fields do not look as if they were to go.
 */
export function laidOver(desired: KubeObject, live: KubeObject): KubeObject {
  const entries = live.metadata.managedFields ?? [];
  const wanted = isSecret(desired)
    ? Object.fromEntries(
        Object.entries({ ...desired, data: secretData(desired) }).filter(([name]) => name !== "stringData"),
      )
    : desired;
  return lay(wanted, live, {
    ours: entries.find(isOurs)?.fieldsV1,
    others: entries.flatMap((entry) => (isOurs(entry) ? [] : (entry.fieldsV1 ?? []))),
  }) as KubeObject;
}

function lay(want: unknown, have: unknown, claims: Claims): unknown {
  if (Array.isArray(want) && Array.isArray(have)) return layList(want, have, claims);
  if (!isMapping(want) || !isMapping(have)) return want;
  const laid: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(have)) {
    const within = below(claims, have, name);
    // An explicit null asks for a field to go, as leaving out what was ours does.
    const left = name in want ? lay(want[name], value, within) : withoutOurs(value, within);
    if (left !== undefined && left !== null) laid[name] = left;
  }
  for (const [name, value] of Object.entries(want)) if (!(name in have) && value !== null) laid[name] = value;
  return laid;
}

function layList(want: readonly unknown[], have: readonly unknown[], claims: Claims): unknown[] {
  const all = [claims.ours ?? {}, ...claims.others];
  const keys = mergeKeys(all);
  if (keys === undefined) {
    const isSet = all.some((node) => Object.keys(node).some((element) => element.startsWith("v:")));
    if (!isSet) return [...want];
    const theirs = have.filter((_, at) => elementOf(claims.ours ?? {}, have, at) === undefined);
    return [...new Set([...theirs, ...want])];
  }
  const isTwin = (item: unknown, other: unknown): boolean =>
    keys.every((key) => {
      const asked = isMapping(item) ? item[key] : undefined;
      return asked === undefined || (isMapping(other) && other[key] === asked);
    });
  const laid = have.flatMap((other, at) => {
    const item = want.find((one) => isTwin(one, other));
    const within = below(claims, have, at);
    const left = item === undefined ? withoutOurs(other, within) : lay(item, other, within);
    return left === undefined ? [] : [left];
  });
  return [...laid, ...want.filter((item) => !have.some((other) => isTwin(item, other)))];
}

/**
 * What Git has no more: what others claim stays, and where we claimed a whole item of a list, or a map, its defaults go.
 * @returns undefined where nothing is left
 */
function withoutOurs(have: unknown, claims: Claims): unknown {
  const { ours, others } = claims;
  if (ours === undefined) return have;
  const isShared = others.length > 0;
  if (!isShared && (isLeaf(ours) || "." in ours)) return undefined;
  if (isLeaf(ours)) return have;
  const left = Array.isArray(have) ? layList([], have, claims) : lay({}, have, claims);
  return Object.keys(left as object).length === 0 ? undefined : left;
}

function below({ ours, others }: Claims, have: unknown, step: string | number): Claims {
  const child = (node: FieldsV1): FieldsV1 | undefined => {
    const element = elementOf(node, have, step);
    return element === undefined ? undefined : node[element];
  };
  return { ours: ours && child(ours), others: others.flatMap((node) => child(node) ?? []) };
}
