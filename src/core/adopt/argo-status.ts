/**
 * What Argo CD's status of an application says, read as what anybody may have written: a field that is none is passed
 * over and told. Source of the fields: `status` of Argo CD's Application, v1alpha1.
 */
import { isMapping } from "../../lib/is-mapping.ts";
import type { ObjectRef } from "../model/object-ref.ts";

export interface SaidOfObject {
  ref: ObjectRef;
  /** Absent: nothing is said, as of a hook, or of health since Argo CD 3.0. */
  sync?: string;
  health?: string;
  healthMessage?: string;
}

export interface ArgoStatus {
  sync?: string;
  health?: string;
  healthMessage?: string;
  revisions: string[];
  reconciledAt?: string;
  objects: SaidOfObject[];
  /** Messages of conditions that say why something could not be done. */
  errors: string[];
  /** What no Argo CD writes, sentences without a full stop. */
  strange: string[];
}

const SYNC: readonly unknown[] = ["Synced", "OutOfSync", "Unknown"];
const HEALTH: readonly unknown[] = ["Healthy", "Progressing", "Degraded", "Suspended", "Missing", "Unknown"];

export function readArgoStatus(value: unknown): ArgoStatus {
  const strange: string[] = [];
  const status = mapping(value, "status", strange);
  const sync = mapping(status["sync"], "status.sync", strange);
  const health = mapping(status["health"], "status.health", strange);
  const said: ArgoStatus = { revisions: revisionsOf(sync), objects: [], errors: errorsOf(status), strange };
  const syncWord = wordOf(sync["status"], SYNC, "status.sync.status", strange);
  const healthWord = wordOf(health["status"], HEALTH, "status.health.status", strange);
  if (syncWord !== undefined) said.sync = syncWord;
  if (healthWord !== undefined) said.health = healthWord;
  if (typeof health["message"] === "string") said.healthMessage = health["message"];
  if (typeof status["reconciledAt"] === "string") said.reconciledAt = status["reconciledAt"];
  for (const [index, each] of list(status["resources"], "status.resources", strange).entries()) {
    const object = objectOf(each, `status.resources[${index}]`, strange);
    if (object !== undefined) said.objects.push(object);
  }
  return said;
}

function objectOf(value: unknown, path: string, strange: string[]): SaidOfObject | undefined {
  if (!isMapping(value)) {
    strange.push(`${path} is no mapping`);
    return undefined;
  }
  const { group = "", kind, namespace = "", name } = value;
  if (
    typeof group !== "string" ||
    typeof kind !== "string" ||
    typeof namespace !== "string" ||
    typeof name !== "string"
  ) {
    strange.push(`${path} names no object`);
    return undefined;
  }
  const health = mapping(value["health"], `${path}.health`, strange);
  const object: SaidOfObject = { ref: { group, kind, namespace, name } };
  const syncWord = wordOf(value["status"], SYNC, `${path}.status`, strange);
  const healthWord = wordOf(health["status"], HEALTH, `${path}.health.status`, strange);
  if (syncWord !== undefined) object.sync = syncWord;
  if (healthWord !== undefined) object.health = healthWord;
  if (typeof health["message"] === "string") object.healthMessage = health["message"];
  return object;
}

function revisionsOf(sync: Record<string, unknown>): string[] {
  const many = Array.isArray(sync["revisions"]) ? sync["revisions"] : [];
  const named = many.length > 0 ? many : [sync["revision"]];
  return named.filter((each): each is string => typeof each === "string" && each !== "");
}

/** Warnings say nothing of why a verdict is what it is. */
function errorsOf(status: Record<string, unknown>): string[] {
  const conditions = Array.isArray(status["conditions"]) ? status["conditions"] : [];
  return conditions.flatMap((each) =>
    isMapping(each) &&
    typeof each["type"] === "string" &&
    each["type"].endsWith("Error") &&
    typeof each["message"] === "string"
      ? [each["message"]]
      : [],
  );
}

function mapping(value: unknown, path: string, strange: string[]): Record<string, unknown> {
  if (isMapping(value)) return value;
  if (value !== undefined && value !== null) strange.push(`${path} is no mapping`);
  return {};
}

function list(value: unknown, path: string, strange: string[]): unknown[] {
  if (Array.isArray(value)) return value;
  if (value !== undefined && value !== null) strange.push(`${path} is no list`);
  return [];
}

function wordOf(
  value: unknown,
  known: readonly unknown[],
  path: string,
  strange: string[],
): string | undefined {
  if (value === undefined || value === null || value === "") return undefined;
  if (typeof value === "string" && known.includes(value)) return value;
  strange.push(`${path} is ${JSON.stringify(value).slice(0, 60)}, which Argo CD never writes`);
  return undefined;
}
