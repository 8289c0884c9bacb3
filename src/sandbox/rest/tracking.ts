import { emptySet, type FieldSet, setOf } from "../fields/field-set.ts";
import type { Versions, Writer } from "../fields/track.ts";
import type { Kind } from "../kinds/kind.ts";
import type { Registry } from "../kinds/registry.ts";
import type { Subresource } from "./options.ts";

/** Who writes, for the record in managedFields. @param time RFC 3339 */
export function writerOf(kind: Kind, manager: string, subresource: Subresource, time: string): Writer {
  return {
    manager,
    apiVersion: kind.apiVersion,
    subresource,
    time,
    ignored: ignoredBy(kind, subresource),
    claims: subresource === "scale" && kind.custom !== undefined ? "none" : "tracked",
  };
}

/** The other versions of a kind, at which claims may have been made. */
export function versionsOf(kind: Kind, registry: Registry): Versions {
  return {
    at: (apiVersion) => {
      const other = apiVersion === kind.apiVersion ? kind : registry.find(apiVersion, kind.resource);
      if (other === undefined || other.table !== kind.table) return undefined;
      return { type: other.type, convert: (object) => other.convert(object) };
    },
  };
}

/** What an apply to this endpoint never owns. */
function ignoredBy(kind: Kind, subresource: Subresource): FieldSet {
  if (subresource === "status") return setOf(["f:spec"], ["f:metadata"], ["f:data"]);
  return kind.subresources.includes("status") ? setOf(["f:status"]) : emptySet();
}
