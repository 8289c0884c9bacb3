/** Shrinks a map to `max` entries. Maps keep their order of insertion: the first is the oldest. */
export function dropOldest(map: Map<string, unknown>, max: number): void {
  for (const key of map.keys()) {
    if (map.size <= max) return;
    map.delete(key);
  }
}
