import { equalJson } from "../../../lib/equal-json.ts";
import { type KubeObject, parseApiVersion } from "../../model/kube-object.ts";
import { groupKind } from "../../model/object-ref.ts";
import { definedKind } from "./pair-objects.ts";

/**
 * Kinds that are there and whose schema or conversion a definition would change, as `group/Kind version`. What the
 * server says of their objects before that change is worth nothing after it: a field that it does not know may be known
 * then, and a webhook that does not answer may not be asked any more.
 */
export function redefinedKinds(desired: KubeObject, live: KubeObject): string[] {
  const kind = definedKind(desired);
  if (kind === undefined) return [];
  const before = new Map(versionsOf(live).map(({ name, schema }) => [name, schema]));
  const converts = equalJson(conversionOf(desired), conversionOf(live)) ? "as-before" : "otherwise";
  return versionsOf(desired).flatMap(({ name, schema }) =>
    before.has(name) && (converts === "otherwise" || !equalJson(before.get(name), schema))
      ? [`${kind} ${name}`]
      : [],
  );
}

/** The same for an object of such a kind. */
export function kindVersionOf(object: KubeObject): string {
  return `${groupKind(object)} ${parseApiVersion(object.apiVersion).version}`;
}

function versionsOf(definition: KubeObject): { name: string; schema: unknown }[] {
  const versions = (definition["spec"] as { versions?: unknown } | undefined)?.versions;
  if (!Array.isArray(versions)) return [];
  return versions.flatMap((version: { name?: unknown; schema?: unknown }) =>
    typeof version.name === "string" ? [{ name: version.name, schema: version.schema }] : [],
  );
}

/** Who converts. What the server fills in (`port`) and others inject (`caBundle`) is no other conversion. */
function conversionOf(definition: KubeObject): unknown {
  const { conversion } = (definition["spec"] ?? {}) as {
    conversion?: {
      strategy?: unknown;
      webhook?: { clientConfig?: { url?: unknown; service?: Record<string, unknown> } };
    };
  };
  const { url, service } = conversion?.webhook?.clientConfig ?? {};
  return [
    conversion?.strategy ?? "None",
    url ?? null,
    ...["namespace", "name", "path"].map((key) => service?.[key] ?? null),
  ];
}
