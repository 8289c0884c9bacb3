/** The digest of a lock file, as Helm works it out. Source: Helm, internal/resolver. */
import type { Dependency } from "./chart-file.ts";

/** Fields in the order of Helm's type, and whether an empty one is left out. */
const FIELDS: readonly [name: string, empty: "left out" | "kept"][] = [
  ["name", "kept"],
  ["version", "left out"],
  ["repository", "kept"],
  ["condition", "left out"],
  ["tags", "left out"],
  ["enabled", "left out"],
  ["import-values", "left out"],
  ["alias", "left out"],
];

/** @param asked with addresses in the place of names of the config's */
export function lockDigest(asked: readonly Dependency[], locked: readonly Dependency[]): string {
  return digest([asked.map(asInGo), locked.map(asInGo)]);
}

/** Of a requirements.lock that Helm 2 wrote: of what was asked for alone. */
export function oldLockDigest(asked: readonly Dependency[]): string {
  return digest({ dependencies: asked.map(asInGo) });
}

function digest(value: unknown): string {
  return `sha256:${new Bun.CryptoHasher("sha256").update(goJson(value)).digest("hex")}`;
}

function asInGo({ name, version, repository, written }: Dependency): Record<string, unknown> {
  const values: Record<string, unknown> = { ...written, name, version, repository };
  return Object.fromEntries(
    FIELDS.flatMap(([field, empty]) => {
      const value = values[field] ?? "";
      const isEmpty = value === "" || value === false || (Array.isArray(value) && value.length === 0);
      return isEmpty && empty === "left out" ? [] : [[field, value]];
    }),
  );
}

/** Go sorts the keys of a map, and escapes what HTML would read. */
function goJson(value: unknown): string {
  return JSON.stringify(value, (_, part: unknown) =>
    typeof part === "object" &&
    part !== null &&
    !Array.isArray(part) &&
    !("name" in part && "repository" in part)
      ? Object.fromEntries(Object.entries(part).sort(([a], [b]) => (a < b ? -1 : 1)))
      : part,
  ).replace(/[<>&\u2028\u2029]/g, (sign) => `\\u${sign.charCodeAt(0).toString(16).padStart(4, "0")}`);
}
