/** Who set which fields of an object, as its server wrote it down in `managedFields`. */
import { isMapping } from "../../lib/is-mapping.ts";

export interface FieldOwner {
  manager: string;
  operation: string;
  subresource: string;
  /** RFC 3339; "" where nobody says. */
  time: string;
  /** `spec.template.spec.containers[name=web].image`, in the order in which they are written. */
  fields: string[];
}

/** Of one owner. */
const MOST_FIELDS = 500;
const DEEPEST = 40;

/** Leaves of https://kubernetes.io/docs/reference/using-api/server-side-apply/#field-management, by owner, the newest first. */
export function fieldOwners(object: unknown): FieldOwner[] {
  const metadata = isMapping(object) ? object["metadata"] : undefined;
  const entries = isMapping(metadata) ? metadata["managedFields"] : undefined;
  if (!Array.isArray(entries)) return [];
  return entries
    .filter(isMapping)
    .map((entry) => {
      const fields: string[] = [];
      collect(entry["fieldsV1"], "", fields, 0);
      return {
        ...{ manager: text(entry["manager"]), operation: text(entry["operation"]) },
        ...{ subresource: text(entry["subresource"]), time: text(entry["time"]), fields },
      };
    })
    .sort((a, b) => (a.time < b.time ? 1 : a.time > b.time ? -1 : 0));
}

function collect(node: unknown, path: string, fields: string[], depth: number): void {
  if (!isMapping(node) || depth > DEEPEST) return;
  const inside = Object.keys(node).filter((key) => key !== ".");
  if (inside.length === 0) {
    if (path !== "" && fields.length < MOST_FIELDS) fields.push(path);
    return;
  }
  for (const key of inside) collect(node[key], `${path}${stepOf(key, path)}`, fields, depth + 1);
}

function stepOf(key: string, before: string): string {
  if (key.startsWith("f:")) {
    const name = key.slice(2);
    return /^[\w-]+$/.test(name) ? `${before === "" ? "" : "."}${name}` : `[${JSON.stringify(name)}]`;
  }
  if (key.startsWith("k:")) return `[${keysIn(key.slice(2))}]`;
  return `[${key.slice(2)}]`;
}

function keysIn(json: string): string {
  try {
    const keys: unknown = JSON.parse(json);
    if (isMapping(keys))
      return Object.entries(keys)
        .map(([name, value]) => `${name}=${String(value)}`)
        .join(",");
  } catch {
    // It stands as it was written.
  }
  return json;
}

function text(value: unknown): string {
  return typeof value === "string" ? value : "";
}
