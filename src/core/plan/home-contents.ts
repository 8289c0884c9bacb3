/** What would go with a Namespace or a definition that is not the application's. */
import { type Claimant, definedKind, owningApp } from "../compare/index.ts";
import type { Home, HomeContents, Inhabitants } from "../model/home-contents.ts";
import type { LiveObject } from "../model/live-object.ts";
import { groupKind, type ObjectRef, type RefKey, show } from "../model/object-ref.ts";

const DEFINITION = "apiextensions.k8s.io/CustomResourceDefinition";
const NAMED_AT_MOST = 3;

/**
 * Kinds whose objects come and go by themselves, and hold nothing that is missed: they are not looked for in a
 * Namespace. Endpoints and EndpointSlices are made for Services, which count. `group/Kind`, as `groupKind` has it.
 */
export const MADE_BY_THE_WAY: ReadonlySet<string> = new Set([
  "Event",
  "events.k8s.io/Event",
  "Endpoints",
  "discovery.k8s.io/EndpointSlice",
  "coordination.k8s.io/Lease",
]);

/**
 * What controllers put into every Namespace. Sources: kube-controller-manager (serviceaccount-controller,
 * root-ca-certificate-publisher), OpenShift (service-ca, the project template), Istio (istiod's namespace controller).
 */
const MADE_FOR_EACH: ReadonlySet<string> = new Set([
  "ServiceAccount default",
  "ServiceAccount builder",
  "ServiceAccount deployer",
  "ConfigMap kube-root-ca.crt",
  "ConfigMap openshift-service-ca.crt",
  "ConfigMap istio-ca-root-cert",
  "rbac.authorization.k8s.io/RoleBinding system:deployers",
  "rbac.authorization.k8s.io/RoleBinding system:image-builders",
  "rbac.authorization.k8s.io/RoleBinding system:image-pullers",
]);

/** Set by the controller that fills tokens of ServiceAccounts, which count themselves. */
const TOKEN_OF = "kubernetes.io/service-account.uid";

/** @returns undefined where the object holds nothing; of a definition that names no kind, one of no name */
export function homeOf(live: Pick<LiveObject, "ref" | "object">): Home | undefined {
  const kind = groupKind(live.ref);
  if (kind === "Namespace") return { is: "namespace", name: live.ref.name };
  if (kind !== DEFINITION) return undefined;
  const defined = definedKind(live.object) ?? "";
  const at = defined.lastIndexOf("/");
  return { is: "definition", group: defined.slice(0, Math.max(0, at)), kind: defined.slice(at + 1) };
}

/** Whether an object goes with its home. */
export function isIn(ref: ObjectRef, home: Home): boolean {
  return home.is === "namespace"
    ? ref.namespace === home.name
    : ref.group === home.group && ref.kind === home.kind;
}

/**
 * Who else lives in a home. Objects with an owner that is in it too, or is ours, are that owner's business, and what is
 * being deleted already is nobody's. What has no uid is stored nowhere, as PodMetrics.
 *
 * @param ours uids of the application's own objects
 * @param maySee whether the application's project may know of an object: others are counted and not named
 */
export function contentsOf(
  { objects, unread }: Inhabitants,
  { us, ours, maySee }: { us: Claimant; ours: ReadonlySet<string>; maySee: (ref: ObjectRef) => boolean },
): HomeContents {
  const uids = new Set(objects.map(({ uid }) => uid));
  const others = objects.filter(
    (live) =>
      live.uid !== "" &&
      live.object.metadata.deletionTimestamp === undefined &&
      !live.owners.some((owner) => uids.has(owner) || ours.has(owner)) &&
      !isMadeForEach(live) &&
      owningApp(live, us).is !== "us",
  );
  if (others.length > 0)
    return {
      is: "others",
      keys: new Set(others.map(({ key }) => key)),
      counted: unread.length > 0 ? "some" : "all",
      named: others
        .filter(({ ref }) => maySee(ref))
        .slice(0, NAMED_AT_MOST)
        .map(({ ref }) => show(ref)),
      uids,
    };
  const failed = unread.find(({ because }) => because !== "forbidden") ?? unread[0];
  if (failed === undefined) return { is: "ours-alone", uids };
  return { is: failed.because === "forbidden" ? "hidden" : "unknown", why: failed.why };
}

export function isMadeForEach({ ref, object: { metadata } }: LiveObject): boolean {
  if (MADE_FOR_EACH.has(`${groupKind(ref)} ${ref.name}`)) return true;
  return ref.group === "" && ref.kind === "Secret" && metadata.annotations?.[TOKEN_OF] !== undefined;
}

/** `it holds 4 objects that are not this application's (ConfigMap team/a and 3 more), and they would go with it`. */
export function sayOthers(
  { keys, counted, named }: Extract<HomeContents, { is: "others" }>,
  home: Home,
): string {
  const { size } = keys;
  const isOne = size === 1;
  const more = size - named.length;
  const names = named.length === 0 ? "" : ` (${named.join(", ")}${more > 0 ? ` and ${more} more` : ""})`;
  const count = `${counted === "some" ? "at least " : ""}${size}`;
  const what = isOne ? "object" : "objects";
  const found =
    home.is === "namespace" ? `it holds ${count} ${what}` : `there are ${count} ${what} of its kind`;
  const are = isOne ? "is" : "are";
  return `${isOne ? found.replace("there are", "there is") : found} that ${are} not this application's${names}, and ${isOne ? "it" : "they"} would go with it`;
}

/**
 * What came into a home after it was looked at: whoever let it go has not seen that.
 * @returns a sentence without a full stop; undefined where nothing did
 */
export function sayNewcomers(before: HomeContents, now: HomeContents): string | undefined {
  switch (now.is) {
    case "ours-alone":
      return undefined;
    case "unknown":
      return `what is in it cannot be told now: ${now.why}`;
    case "hidden":
      return before.is === "ours-alone" ? `what is in it may not be read any more: ${now.why}` : undefined;
    case "others": {
      const known: ReadonlySet<RefKey> = before.is === "others" ? before.keys : new Set();
      const came = [...now.keys].filter((key) => !known.has(key)).length;
      if (came === 0) return undefined;
      const names = now.named.length === 0 ? "" : ` (in it are by now ${now.named.join(", ")})`;
      return `${came === 1 ? "an object that is" : `${came} objects that are`} not this application's came into it meanwhile${names}`;
    }
  }
}
