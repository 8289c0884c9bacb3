import type { Cause } from "../api-error.ts";
import { type ApiError, invalid, notSupported, required } from "../api-error.ts";

/** The endpoint that a write comes through; "" is the object's own. */
export type Subresource = "" | "status" | "scale";

/** What every write carries. */
export interface WriteOptions {
  fieldManager: string;
  dryRun: "all" | "no";
  /** What becomes of fields that the kind does not know. */
  unknownFields: "ignore" | "warn" | "refuse";
  /** Warnings for the `Warning` header are pushed here. */
  warnings: string[];
}

export interface PatchOptions extends WriteOptions {
  conflicts: "refuse" | "force";
}

export interface DeleteOptions {
  dryRun: "all" | "no";
  gracePeriodSeconds: number | undefined;
  propagation: "Foreground" | "Background" | "Orphan" | undefined;
  uid: string | undefined;
  resourceVersion: string | undefined;
  warnings: string[];
}

/** @param optionsKind `PatchOptions`, `CreateOptions` … for the refusal's text */
export function readDryRun(values: readonly string[], optionsKind: string): "all" | "no" {
  if (values.length === 0) return "no";
  if (values.some((value) => value !== "All"))
    throw optionsRefused(optionsKind, [notSupported("dryRun", values, ["All"])]);
  return "all";
}

export function readUnknownFields(value: string | null): WriteOptions["unknownFields"] {
  return value === "Strict" ? "refuse" : value === "Ignore" ? "ignore" : "warn";
}

export function needFieldManager(name: string | null): string {
  if (name === null || name === "")
    throw optionsRefused("PatchOptions", [required("fieldManager", "is required for apply patch")]);
  return name;
}

function optionsRefused(kind: string, causes: Cause[]): ApiError {
  return invalid({ group: "meta.k8s.io", kind }, "", causes);
}

/** Options for the sandbox's own controllers. */
export function asController(fieldManager: string): WriteOptions {
  return { fieldManager, dryRun: "no", unknownFields: "ignore", warnings: [] };
}
