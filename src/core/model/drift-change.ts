import type { ToldChange } from "./comparison.ts";

/** What others changed of one object. `path` is "": they deleted it. */
export interface DriftChange extends ToldChange {
  /** `Deployment shop/web`. */
  object: string;
}

/** `Deployment shop/web spec.replicas 3 → 6`, from what Git wants to what was there; several joined. */
export function changesWords(changes: readonly DriftChange[]): string {
  return changes
    .map(({ object, path, from, to }) => {
      if (path === "") return `${object} deleted`;
      const values = from === undefined && to === undefined ? "" : ` ${from ?? "…"} → ${to ?? "…"}`;
      return `${object} ${path}${values}`;
    })
    .join("; ");
}

/** Who changed them, each once: `kubectl (Update of scale)`; "" where nobody wrote that down. */
export function changersOf(changes: readonly DriftChange[]): string {
  return [...new Set(changes.flatMap(({ by }) => (by === undefined ? [] : [ownerWords(by)])))].join(", ");
}

/** Who set what is there, as the server wrote it down: `kubectl (Update of scale)`. */
export function ownerWords({
  manager,
  operation,
  subresource,
}: {
  manager: string;
  operation?: string;
  subresource?: string;
}): string {
  const how = [
    operation,
    subresource === undefined || subresource === "" ? undefined : `of ${subresource}`,
  ].filter((word) => word !== undefined && word !== "");
  return how.length === 0 ? manager : `${manager} (${how.join(" ")})`;
}
