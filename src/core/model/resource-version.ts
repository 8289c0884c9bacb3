const integer = /^\d+$/;

/**
 * Whether version `a` is older than `b`. Only integers have an order; other versions are opaque and are never older.
 * Compared as text by length, since they may outgrow a double.
 */
export function isOlder(a: string, b: string): boolean {
  if (!integer.test(a) || !integer.test(b)) return false;
  return a.length === b.length ? a < b : a.length < b.length;
}
