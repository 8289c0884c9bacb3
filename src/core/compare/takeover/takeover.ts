import { filled } from "../../../lib/defined.ts";
import { pointerTo } from "../../../lib/json-pointer.ts";
import { ANNOTATION } from "../../model/application.ts";
import type { ObjectRecord } from "../../model/comparison.ts";
import { FIELD_MANAGER, isOurs } from "../../model/field-manager.ts";
import { ifStill, type JsonPatchOp } from "../../model/json-patch.ts";
import type { FieldsV1, KubeObject, ManagedFieldsEntry } from "../../model/kube-object.ts";
import type { ForeignManager } from "../../model/live-object.ts";
import { isEmptySet, unionFields, withoutFields } from "../fields/fields-v1.ts";
import { BY_RULE, type Migration } from "./migration.ts";

/**
 * Delivery tools whose claims become ours. The interactive managers of kubectl (`kubectl-edit`, `kubectl-scale`, …)
 * are people, and stay what they are.
 */
const TAKEN: Readonly<Record<string, readonly ManagedFieldsEntry["operation"][]>> = {
  "argocd-controller": ["Apply", "Update"],
  helm: ["Apply", "Update"],
  "kubectl-client-side-apply": ["Update"],
  "before-first-apply": ["Update"],
  kubectl: ["Apply"],
  "kustomize-controller": ["Apply"],
  "helm-controller": ["Apply"],
};

/** Entries that `kubectl apply` leaves which keeps its own record of what it applied. */
const CLIENT_SIDE: readonly string[] = ["kubectl-client-side-apply", "before-first-apply"];

type Writer = Pick<ForeignManager, "manager" | "operation"> & { subresource?: string };

export function isTakeable(writer: Writer, migration: Migration = BY_RULE): boolean {
  const { manager, operation, subresource = "" } = writer;
  if (subresource !== "") return false;
  if (isNamed(writer, migration)) return true;
  if (migration.kubectl === "left" && CLIENT_SIDE.includes(manager)) return false;
  return Object.hasOwn(TAKEN, manager) && (TAKEN[manager] ?? []).includes(operation);
}

function isNamed(writer: Writer, { named }: Migration): boolean {
  return writer.manager === named && writer.operation === "Update";
}

/**
 * Once per object, at its first apply by us; what the application names, each time. Any other manager that writes again
 * afterwards is reported, not taken again.
 */
export function needsTakeover(
  managers: readonly ForeignManager[],
  record: ObjectRecord | undefined,
  migration: Migration = BY_RULE,
): boolean {
  return managers.some((writer) =>
    record?.tookOver === true
      ? isNamed(writer, migration) && writer.subresource === ""
      : isTakeable(writer, migration),
  );
}

/** Managers that were taken over and write again: somebody still delivers this object by another road. */
export function returnedManagers(
  managers: readonly ForeignManager[],
  record: ObjectRecord | undefined,
): string[] {
  return record?.tookOver === true
    ? [...new Set(managers.filter((writer) => isTakeable(writer)).map(({ manager }) => manager))].sort()
    : [];
}

/**
 * Makes the claims of other delivery tools ours, so that a field that leaves Git is removed by our first apply, and
 * drops kubectl's last-applied annotation. One patch, with the resourceVersion as precondition.
 *
 * Claims at another apiVersion than ours will be stay where they are: their places are named by another schema.
 *
 * @param live as read at `apiVersion`, with managedFields
 * @param apiVersion the manifest's
 * @returns undefined where there is nothing to take
 */
export function takeover(
  live: KubeObject,
  apiVersion: string,
  migration: Migration = BY_RULE,
): JsonPatchOp[] | undefined {
  const entries = live.metadata.managedFields ?? [];
  const own = entries.find(isOurs);
  const taken = takenEntries(live, apiVersion, migration);
  const annotation = live.metadata.annotations?.[ANNOTATION.lastApplied] !== undefined;
  if (taken.length === 0) return undefined;

  const all = own === undefined ? taken : [own, ...taken];
  const fields = all.map((entry) => entry.fieldsV1 as FieldsV1).reduce(unionFields, {});
  // Status belongs to controllers, whatever a tool once applied there.
  const ours = withoutFields(
    withoutFields(fields, ["f:metadata", "f:annotations", `f:${ANNOTATION.lastApplied}`]),
    ["f:status"],
  );
  const time =
    all
      .map((entry) => entry.time ?? "")
      .sort()
      .at(-1) ?? "";
  const merged: ManagedFieldsEntry = {
    manager: FIELD_MANAGER,
    operation: "Apply",
    apiVersion: own?.apiVersion ?? apiVersion,
    ...filled({ time }),
    fieldsType: "FieldsV1",
    fieldsV1: ours,
  };
  const others = entries.filter((entry) => !all.includes(entry));
  return [
    ifStill(live.metadata.resourceVersion),
    ...(annotation
      ? [
          {
            op: "remove",
            path: pointerTo("metadata", "annotations", ANNOTATION.lastApplied),
          } as const,
        ]
      : []),
    {
      op: "replace",
      path: "/metadata/managedFields",
      value: isEmptySet(ours) ? others : [merged, ...others],
    },
  ];
}

/** The entries that become ours. */
export function takenEntries(
  live: KubeObject,
  apiVersion: string,
  migration: Migration = BY_RULE,
): ManagedFieldsEntry[] {
  const entries = live.metadata.managedFields ?? [];
  const version = entries.find(isOurs)?.apiVersion ?? apiVersion;
  return entries.filter(
    (entry) => isTakeable(entry, migration) && entry.apiVersion === version && entry.fieldsV1 !== undefined,
  );
}
