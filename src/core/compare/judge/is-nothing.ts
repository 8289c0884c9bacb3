/** What an API server drops, or fills in: absent, null, an empty list or mapping. */
export function isNothing(value: unknown): boolean {
  return (
    value === undefined || value === null || (typeof value === "object" && Object.keys(value).length === 0)
  );
}
