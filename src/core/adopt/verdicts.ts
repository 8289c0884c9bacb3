/** Where our verdict of an application is another one than Argo CD's, and why. */
import { defined } from "../../lib/defined.ts";
import type { Verdict, VerdictDifference } from "../model/adoption-report.ts";
import type { Application, ApplicationStatus, ResourceStatus } from "../model/application.ts";
import type { FieldDifference } from "../model/comparison.ts";
import type { KubeObject } from "../model/kube-object.ts";
import { type ObjectRef, type RefKey, refKey, show } from "../model/object-ref.ts";
import { shortRevision } from "../model/short-revision.ts";
import type { ArgoStatus, SaidOfObject } from "./argo-status.ts";

/** Masked fields by object, of those that are not as Git wants them. */
export type FieldsByObject = ReadonlyMap<RefKey, readonly FieldDifference[]>;

/** More than a person reads of one object. */
const FIELDS_SHOWN = 5;
const VALUE_SHOWN = 60;

/** @param app with the status that we give it */
export function differencesOf(
  said: ArgoStatus,
  { status }: Pick<Application, "status">,
  fields: FieldsByObject,
): VerdictDifference[] {
  const objects = [...pairs(said.objects, status?.resources ?? [])].flatMap(([argo, ours]) =>
    // Where one side compared nothing, its list says nothing of single objects.
    isNoVerdict(said.sync) || isNoVerdict(status?.sync.status) ? [] : ofObject(argo, ours, fields),
  );
  return [...ofWhole(said, status, objects), ...objects];
}

/** What an application says of itself beside its verdicts. */
export function notesOf(said: ArgoStatus, app: Pick<KubeObject, "metadata">): string[] {
  const behind = said.objects.filter(({ sync }) => sync === "OutOfSync");
  const children = said.objects.filter(
    ({ ref }) => ref.group === "argoproj.io" && ["Application", "AppProject"].includes(ref.kind),
  );
  return [
    ...said.strange.map((each) => `Argo CD's status cannot be taken as it is: ${each}`),
    ...(said.sync === "Synced" && behind.length > 0
      ? [
          `Argo CD's status says Synced, and of ${behind.length} of its objects OutOfSync, the first is ${show((behind[0] as SaidOfObject).ref)}`,
        ]
      : []),
    ...(app.metadata.deletionTimestamp === undefined ? [] : ["Argo CD is deleting it"]),
    ...madeBy(app).map(
      (name) =>
        `ApplicationSet ${name} makes it: what the set changes later reaches Argo CD's Application alone`,
    ),
    ...(children.length > 0
      ? [
          `it renders ${children.length} of the kinds of Argo CD's, the first is ${show((children[0] as SaidOfObject).ref)}: while the cluster has their definitions they stay custom resources there, of which a daemon with home: files makes nothing. Take each of them too, or have home: cluster`,
        ]
      : []),
  ];
}

function madeBy({ metadata }: Pick<KubeObject, "metadata">): string[] {
  return (metadata.ownerReferences ?? []).flatMap(({ kind, name }) =>
    kind === "ApplicationSet" ? [name] : [],
  );
}

export function verdictOf(status: ApplicationStatus | undefined): Verdict {
  const { sync, health } = status ?? {};
  return {
    ...defined({ sync: sync?.status, health: health?.status, at: status?.reconciledAt }),
    revisions: revisionsOf(status),
  };
}

export function saidBy({ sync, health, revisions, reconciledAt }: ArgoStatus): Verdict {
  return { ...defined({ sync, health, at: reconciledAt }), revisions };
}

function ofWhole(
  said: ArgoStatus,
  status: ApplicationStatus | undefined,
  objects: readonly VerdictDifference[],
): VerdictDifference[] {
  const ours = { sync: status?.sync.status, health: status?.health.status };
  const found: VerdictDifference[] = [];
  if (said.sync !== ours.sync)
    found.push({
      of: "sync",
      ...defined({ argoCD: said.sync, holdfast: ours.sync }),
      why: whySync(said, status, objects),
    });
  if (said.health !== ours.health)
    found.push({
      of: "health",
      ...defined({ argoCD: said.health, holdfast: ours.health }),
      why: whyHealth(said, said.health, status?.health.message, said.healthMessage),
    });
  return found;
}

function whySync(
  said: ArgoStatus,
  status: ApplicationStatus | undefined,
  objects: readonly VerdictDifference[],
): string[] {
  const why: string[] = [];
  if (said.sync === undefined) why.push("Argo CD has written no verdict that can be read");
  if (isUnknown(said.sync)) why.push(...said.errors.map((each) => `Argo CD: ${each}`));
  if (isUnknown(status?.sync.status)) why.push(...errorsOf(status).map((each) => `Holdfast: ${each}`));
  const [theirs, ours] = [said.revisions, revisionsOf(status)];
  if (theirs.length > 0 && ours.length > 0 && theirs.join() !== ours.join())
    why.push(
      `Argo CD compared with ${shown(theirs)}${said.reconciledAt === undefined ? "" : ` at ${said.reconciledAt}`}, Holdfast with ${shown(ours)}`,
    );
  const apart = objects.filter(({ of }) => of === "sync").length;
  if (apart > 0) why.push(`${apart} of its objects ${apart === 1 ? "is" : "are"} judged otherwise`);
  else if (why.length === 0) why.push("its objects are judged alike, and its own status says otherwise");
  return why;
}

function whyHealth(
  said: Pick<ArgoStatus, "reconciledAt">,
  theirs: string | undefined,
  ours: string | undefined,
  message: string | undefined,
): string[] {
  return [
    ...(theirs === undefined ? ["Argo CD has written no verdict that can be read"] : []),
    ...((message ?? "") === "" ? [] : [`Argo CD: ${message}`]),
    ...((ours ?? "") === "" ? [] : [`Holdfast: ${ours}`]),
    ...(said.reconciledAt === undefined ? [] : [`Argo CD looked at ${said.reconciledAt}`]),
  ];
}

function ofObject(
  argo: SaidOfObject | undefined,
  ours: ResourceStatus | undefined,
  fields: FieldsByObject,
): VerdictDifference[] {
  const ref = argo?.ref ?? refOf(ours as ResourceStatus);
  const object = show(ref);
  const found: VerdictDifference[] = [];
  // A hook is no part of the verdict.
  if (argo?.sync !== ours?.status)
    found.push({
      of: "sync",
      object,
      ...defined({ argoCD: argo?.sync, holdfast: ours?.status }),
      why: whyObject(argo, ours, fields.get(refKey(ours === undefined ? ref : refOf(ours))) ?? []),
    });
  // Since 3.0 Argo CD keeps the health of single objects elsewhere.
  if (argo?.health !== undefined && argo.health !== ours?.health?.status && ours !== undefined)
    found.push({
      of: "health",
      object,
      argoCD: argo.health,
      ...defined({ holdfast: ours.health?.status }),
      why: whyHealth({}, argo.health, ours.health?.message, argo.healthMessage),
    });
  return found;
}

function whyObject(
  argo: SaidOfObject | undefined,
  ours: ResourceStatus | undefined,
  fields: readonly FieldDifference[],
): string[] {
  if (ours === undefined) return ["Git does not want it as Holdfast renders it, and nothing of it is there"];
  if (argo === undefined) {
    const there = ours.health?.status === "Missing" ? ", and it is not there" : "";
    return [`Argo CD's status does not list it${there}`, ...fieldLines(fields)];
  }
  if (ours.status === "Synced") return ["every field that Git sets is as Git sets it"];
  if (ours.requiresPruning === true) return ["it is there, and Git does not want it"];
  if (ours.health?.status === "Missing") return ["it is not there"];
  return fieldLines(fields);
}

function fieldLines(fields: readonly FieldDifference[]): string[] {
  const lines = fields.slice(0, FIELDS_SHOWN).map(({ path, live, desired, owner }) => {
    const by = owner === undefined ? "" : `, set by ${owner.manager}`;
    return `${path}: ${shownValue(live)} in the cluster${by}, ${shownValue(desired)} in Git`;
  });
  const more = fields.length - lines.length;
  return more > 0 ? [...lines, `${more} more fields`] : lines;
}

function shownValue(value: unknown): string {
  if (value === undefined) return "nothing";
  const text = JSON.stringify(value) ?? "nothing";
  return text.length > VALUE_SHOWN ? `${text.slice(0, VALUE_SHOWN)}…` : text;
}

/** Side by side; kinds without a namespace are named with and without one. Hooks stand on neither side. */
function* pairs(
  argo: readonly SaidOfObject[],
  ours: readonly ResourceStatus[],
): Generator<[SaidOfObject | undefined, ResourceStatus | undefined]> {
  const judged = ours.filter(({ status }) => status !== undefined);
  const left = new Map(judged.map((each) => [refKey(refOf(each)), each]));
  const without = new Map(
    judged
      .filter(({ namespace = "" }) => namespace === "")
      .map((each) => [refKey(refOf(each)), refKey(refOf(each))]),
  );
  for (const said of argo) {
    if (said.sync === undefined) continue;
    const own = refKey(said.ref);
    const key = left.has(own) ? own : without.get(refKey({ ...said.ref, namespace: "" }));
    const found = key === undefined ? undefined : left.get(key);
    if (key !== undefined) left.delete(key);
    yield [said, found];
  }
  for (const each of left.values()) yield [undefined, each];
}

function refOf({ group = "", kind, namespace = "", name }: ResourceStatus): ObjectRef {
  return { group, kind, namespace, name };
}

function revisionsOf(status: ApplicationStatus | undefined): string[] {
  const { revisions = [], revision = "" } = status?.sync ?? {};
  return revisions.length > 0 ? revisions : revision === "" ? [] : [revision];
}

function errorsOf(status: ApplicationStatus | undefined): string[] {
  return (status?.conditions ?? [])
    .filter(({ type }) => type.endsWith("Error"))
    .map(({ message }) => message);
}

function shown(revisions: readonly string[]): string {
  return revisions.map(shortRevision).join(", ");
}

function isNoVerdict(word: string | undefined): boolean {
  return word === undefined || word === "Unknown";
}

function isUnknown(word: string | undefined): boolean {
  return word === "Unknown";
}
