import type { FieldsV1 } from "../../core/model/kube-object.ts";
import { filled } from "../../lib/defined.ts";
import { itemsAt, type Json, type JsonObject, objectAt, textAt } from "../json.ts";
import { type FieldSet, fromFieldsV1, isEmpty, toFieldsV1 } from "./field-set.ts";

/** One claim on fields. Updates by one name at two versions are two managers, applies are one. */
export interface Manager {
  manager: string;
  operation: "Apply" | "Update";
  apiVersion: string;
  subresource: string;
  /** RFC 3339, whole seconds. */
  time: string;
  set: FieldSet;
}

/** By `managerKey`. */
export type Managers = ReadonlyMap<string, Manager>;

export function managerKey({
  manager,
  operation,
  apiVersion,
  subresource,
}: Omit<Manager, "set" | "time">): string {
  return JSON.stringify([manager, operation, operation === "Apply" ? "" : apiVersion, subresource]);
}

/** @returns undefined where an entry cannot be read, as the server then falls back to what it has */
export function readManagers(managedFields: Json | undefined): Managers | undefined {
  const managers = new Map<string, Manager>();
  for (const entry of itemsAt({ managedFields: managedFields ?? [] }, "managedFields")) {
    const operation = entry["operation"];
    if (operation !== "Apply" && operation !== "Update") return undefined;
    const read: Manager = {
      manager: textAt(entry, "manager") ?? "",
      operation,
      apiVersion: textAt(entry, "apiVersion") ?? "",
      subresource: textAt(entry, "subresource") ?? "",
      time: textAt(entry, "time") ?? "",
      set: fromFieldsV1(objectAt(entry, "fieldsV1") as FieldsV1),
    };
    managers.set(managerKey(read), read);
  }
  return managers;
}

/** Entries as the server orders them: applies first, then by time and name. Managers without fields vanish. */
export function writeManagers(managers: Managers): JsonObject[] {
  const order = (a: Manager, b: Manager) =>
    compareTexts(a.operation, b.operation) ||
    compareTexts(a.time, b.time) ||
    compareTexts(a.manager, b.manager) ||
    compareTexts(a.apiVersion, b.apiVersion) ||
    compareTexts(a.subresource, b.subresource);
  return [...managers.values()]
    .filter(({ set }) => !isEmpty(set))
    .sort(order)
    .map(({ manager, operation, apiVersion, time, set, subresource }) => ({
      manager,
      operation,
      apiVersion,
      ...filled({ time }),
      fieldsType: "FieldsV1",
      fieldsV1: toFieldsV1(set) as JsonObject,
      ...filled({ subresource }),
    }));
}

function compareTexts(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
