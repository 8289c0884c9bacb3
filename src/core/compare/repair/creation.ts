import { equalJson } from "../../../lib/equal-json.ts";
import { hashText } from "../../../lib/hash.ts";
import { isMapping } from "../../../lib/is-mapping.ts";
import { gvkOf, type KubeObject } from "../../model/kube-object.ts";
import { groupKind } from "../../model/object-ref.ts";
import type { ServerRefusal } from "./repairs-for.ts";

/**
 * What is asked, by dry run, before an object is deleted to be made again: would the server take it as a new one?
 *
 * First under its own name. The server looks whether the name is free last of all, after its validation and all
 * admission, so that `already exists` is its yes, names that are limited and admission that looks at names included.
 * Then under another name of the same length, for servers that look at the name first.
 */
export function asNewObject(object: KubeObject, live: KubeObject): KubeObject {
  return groupKind(gvkOf(object)) === "Service" ? withoutHeld(object, live) : object;
}

/** The old one holds them, and gives them up when it goes: addresses and ports that exist once in a cluster. */
function withoutHeld(object: KubeObject, live: KubeObject): KubeObject {
  const copy = structuredClone(object);
  const spec = copy["spec"],
    held = live["spec"];
  if (!isMapping(spec) || !isMapping(held)) return object;
  // "None" is nobody's address.
  for (const name of ["clusterIP", "clusterIPs", "healthCheckNodePort"])
    if (equalJson(spec[name], held[name]) && spec["clusterIP"] !== "None") delete spec[name];
  const ports = itemsOf(held["ports"]).map(({ nodePort }) => nodePort);
  for (const port of itemsOf(spec["ports"])) if (ports.includes(port["nodePort"])) delete port["nodePort"];
  return copy;
}

function itemsOf(list: unknown): Record<string, unknown>[] {
  return Array.isArray(list) ? list.filter(isMapping) : [];
}

/** Of the same length, so that limits on names mean the same; its last letters tell nothing. */
export function anotherName(name: string): string {
  // Letters alone: some kinds let no name begin with a digit.
  const tail = [...hashText(name)]
    .map((char) => String.fromCharCode(97 + (char.charCodeAt(0) % 26)))
    .join("");
  return name.length <= TAIL ? tail.slice(0, TAIL) : `${name.slice(0, -TAIL)}${tail.slice(0, TAIL)}`;
}

const TAIL = 8;

export type CreationAnswer = { is: "creatable" } | { is: "refused"; why: string };

/** What the server's answer to the dry-run create under the own name, which is taken, says. */
export function readOwnName(
  refusal: ServerRefusal & { reason: string },
  say: (refusal: ServerRefusal) => string,
): CreationAnswer {
  const { status, reason, message } = refusal;
  if (status === 409 && reason === "AlreadyExists") return { is: "creatable" };
  // Quotas are asked last; one that counts objects counts the one that goes, too.
  if (status === 403 && isRoomForOne(message)) return { is: "creatable" };
  return { is: "refused", why: say(refusal) };
}

/** Resources that quotas count by the object, under their old names. */
const COUNTED: readonly string[] = [
  "configmaps",
  "persistentvolumeclaims",
  "pods",
  "replicationcontrollers",
  "resourcequotas",
  "secrets",
  "services",
];

/** `exceeded quota: few, requested: count/jobs.batch=1, used: count/jobs.batch=2, limited: count/jobs.batch=2`. */
function isRoomForOne(message: string): boolean {
  const [, requested, used, limited] =
    /exceeded quota: [^,]+, requested: (.+?), used: (.+?), limited: ([^,\s]+(?:,[^,\s]+)*)/.exec(message) ??
    [];
  if (requested === undefined) return false;
  const before = countsOf(used),
    most = countsOf(limited);
  return [...countsOf(requested)].every(
    ([resource, count]) =>
      count === 1 &&
      (resource.startsWith("count/") || COUNTED.includes(resource)) &&
      (before.get(resource) ?? Number.POSITIVE_INFINITY) <= (most.get(resource) ?? 0),
  );
}

function countsOf(text = ""): Map<string, number> {
  return new Map(
    text.split(",").map((one) => {
      const [resource = "", count] = one.split("=");
      return [resource, Number(count)];
    }),
  );
}

/** Whether a new object is refused for what the old one held and the server has not taken back yet. */
export function isFreedSoon({ status, message, causes = [] }: ServerRefusal): boolean {
  if (status === 403) return isRoomForOne(message);
  return (
    status === 422 &&
    causes.length > 0 &&
    causes.every(({ message }) => /already allocated|allocator not ready/.test(message))
  );
}

/** What the answer under another name adds: nothing where it is about that name, or about who may have it. */
export function readOtherName(
  refusal: ServerRefusal,
  say: (refusal: ServerRefusal) => string,
): CreationAnswer {
  const { status, causes = [] } = refusal;
  const isAboutName = causes.some(({ field }) => field === "metadata.name" || field === "name");
  if (status !== 422 || causes.length === 0 || isAboutName) return { is: "creatable" };
  return { is: "refused", why: say(refusal) };
}
