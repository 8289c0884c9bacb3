import { defined } from "../../../lib/defined.ts";
import { ANNOTATION } from "../../model/application.ts";
import type { Difference, Judgement, ObjectRecord } from "../../model/comparison.ts";
import type { DesiredObject } from "../../model/desired-object.ts";
import type { KubeObject } from "../../model/kube-object.ts";
import type { LiveObject } from "../../model/live-object.ts";
import { groupKind, type RefKey, show } from "../../model/object-ref.ts";
import { optionSaid } from "../../model/sync-options.ts";
import { type Claimant, owningApp } from "./owning-app.ts";

/** Where a desired object's live one was looked for. A failed look-up is `unknown`, never `absent`. */
export type LiveAnswer =
  | { is: "found"; live: LiveObject }
  | { is: "absent" }
  /** The server does not serve the kind. */
  | { is: "no-such-kind" }
  | { is: "unknown"; why: string };

export interface PairInput {
  /** All that Git wants; hooks and ignored objects are passed over. */
  desired: readonly DesiredObject[];
  /** Live objects that bear this application's tracking id. */
  tracked: readonly LiveObject[];
  /** Looked up by key, tracked by whomever. */
  liveOf(desired: DesiredObject): LiveAnswer;
  records: ReadonlyMap<RefKey, ObjectRecord>;
  us: Claimant;
  /** The application's own options. */
  syncOptions?: readonly string[];
  /** `apiVersion Kind` that the cluster did not know when the objects were placed: where they belong is not known. */
  unplaced?: ReadonlySet<string>;
  /** Objects that another application has, and has let go of: they are taken over. */
  letGo?: ReadonlySet<RefKey>;
}

/** A difference, or two objects that still must be judged. */
export type Pair =
  | Exclude<Difference, { is: "same" | "changed" }>
  | { is: "both"; key: RefKey; desired: DesiredObject; live: LiveObject };

/** Puts what is wanted beside what is there. */
export function pairObjects({
  desired,
  tracked,
  liveOf,
  records,
  us,
  syncOptions = [],
  letGo = new Set(),
  unplaced = new Set(),
}: PairInput): Pair[] {
  const wanted = desired.filter(({ role }) => role.is === "ordinary");
  const madeKinds = new Set(wanted.flatMap(({ object }) => definedKind(object) ?? []));
  const pairs = wanted.map((want): Pair => {
    const answer = liveOf(want);
    switch (answer.is) {
      case "found": {
        const { live } = answer;
        const owner = owningApp(live, us);
        return owner.is === "other" && !letGo.has(want.key)
          ? { is: "foreign", key: want.key, desired: want, live, owner: owner.name }
          : { is: "both", key: want.key, desired: want, live };
      }
      case "absent":
        return { is: "missing", key: want.key, desired: want };
      case "no-such-kind":
        // Its definition comes with this sync, or with somebody else's.
        if (
          madeKinds.has(groupKind(want.ref)) ||
          optionSaid("SkipDryRunOnMissingResource", want.syncOptions, syncOptions) === true
        )
          return { is: "missing", key: want.key, desired: want };
        return {
          is: "unknown",
          because: "no-such-kind",
          key: want.key,
          desired: want,
          why: `the cluster does not know the kind ${want.object.apiVersion} ${want.object.kind}. If its definition comes during this sync, set the option SkipDryRunOnMissingResource=true on the object`,
        };
      case "unknown":
        return { is: "unknown", because: "unseen", key: want.key, desired: want, why: answer.why };
    }
  });
  // The same object in another place may be the one that Git wants: it is not extra before its kind is known.
  const waiting = new Set(
    desired.flatMap(({ object, ref }) =>
      unplaced.has(`${object.apiVersion} ${object.kind}`) ? [`${groupKind(ref)} ${ref.name}`] : [],
    ),
  );
  const known = tracked.filter(({ ref }) => !waiting.has(`${groupKind(ref)} ${ref.name}`));
  return [...pairs, ...extras(desired, pairs, known, records, us)];
}

function extras(
  desired: readonly DesiredObject[],
  pairs: readonly Pair[],
  tracked: readonly LiveObject[],
  records: PairInput["records"],
  us: Claimant,
): Pair[] {
  // Hooks and ignored objects of the manifests keep their live objects too.
  const keys = new Set(desired.map(({ key }) => key));
  // One object may be shown under two groups (Ingress in extensions and networking.k8s.io): it is not extra under the other.
  const uids = new Set(pairs.flatMap((pair) => ("live" in pair ? [pair.live.uid] : [])));
  return (
    tracked
      .filter(
        (live) =>
          !keys.has(live.key) &&
          !uids.has(live.uid) &&
          owningApp(live, us).is === "us" &&
          !isHook(live.object) &&
          !hasController(live.object),
      )
      // In the cluster's order each sentence that lists some of them could change with every look.
      .sort((one, other) => (one.key < other.key ? -1 : 1))
      .map((live) => {
        const record = records.get(live.key);
        return {
          is: "extra",
          key: live.key,
          live,
          recorded: live.uid !== "" && record?.uid === live.uid,
          ...defined({ from: record?.from }),
        };
      })
  );
}

/** A judged pair as a difference. */
export function asDifference(
  pair: Extract<Pair, { is: "both" }>,
  answer: Exclude<Judgement["is"], "ask">,
): Difference {
  return { is: answer, key: pair.key, desired: pair.desired, live: pair.live };
}

/** `group/Kind` that a CustomResourceDefinition makes; undefined for any other object. */
export function definedKind(object: KubeObject): string | undefined {
  if (object.kind !== "CustomResourceDefinition" || !object.apiVersion.startsWith("apiextensions.k8s.io/"))
    return undefined;
  const spec = object["spec"] as { group?: unknown; names?: { kind?: unknown } } | undefined;
  const group = spec?.group,
    kind = spec?.names?.kind;
  return typeof group === "string" && typeof kind === "string" ? groupKind({ group, kind }) : undefined;
}

/** What a hook made goes by its own rules. Helm's `crd-install` is an ordinary CRD. */
export function isHook({ metadata: { annotations = {} } }: KubeObject): boolean {
  const helm = annotations[ANNOTATION.helmHook];
  return annotations[ANNOTATION.hook] !== undefined || (helm !== undefined && helm.trim() !== "crd-install");
}

/** Made by a controller that copied our annotation. */
function hasController({ metadata }: KubeObject): boolean {
  return metadata.ownerReferences?.some(({ controller }) => controller === true) ?? false;
}

/** For SharedResourceWarning: who owns it, and what that means. */
export function sharedResource({ desired, owner }: Extract<Difference, { is: "foreign" }>): string {
  return `${show(desired.ref)} belongs to ${owner}; it is neither applied nor pruned here`;
}
