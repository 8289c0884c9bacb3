/** Which objects somebody has seen in which state: kept in the browser, of the latest few hundred. */

const KEY = "holdfast-viewed";
const MOST = 500;

export function readViewed(): ReadonlySet<string> {
  try {
    const kept: unknown = JSON.parse(localStorage.getItem(KEY) ?? "[]");
    return new Set(Array.isArray(kept) ? kept.filter((one) => typeof one === "string") : []);
  } catch {
    return new Set();
  }
}

/** @param id of the object's differences, which is another one for another state of it */
export function withViewed(
  before: ReadonlySet<string>,
  id: string,
  is: "viewed" | "not-viewed",
): ReadonlySet<string> {
  // What another tab wrote meanwhile counts too.
  const next = new Set([...readViewed(), ...before]);
  next.delete(id);
  if (is === "viewed") next.add(id);
  try {
    localStorage.setItem(KEY, JSON.stringify([...next].slice(-MOST)));
  } catch {
    // It holds as long as the page is open.
  }
  return next;
}
