/** Where an application is written, in words. */

/** As the API says it. */
export type Origin =
  | { from: "file"; file: string; line: number }
  | { from: "api" }
  /** Both absent: its object does not say whose it is, or whoever asks may not see that. */
  | { from: "parent"; parent?: string; set?: string }
  | { from: "cluster"; cluster: string };

/** Why its spec cannot be changed here, a sentence without a full stop; undefined where it can. */
export function whyReadOnly(origin: Origin): string | undefined {
  switch (origin.from) {
    case "file":
      return `It is written in ${origin.file}:${origin.line}: change it there`;
    case "parent":
      if (origin.set !== undefined) return `ApplicationSet ${origin.set} makes it: change it there`;
      if (origin.parent === undefined)
        return "Another application or an ApplicationSet makes it: change it there";
      return `Application ${origin.parent} renders it: change it in its files`;
    case "api":
    case "cluster":
      return undefined;
  }
}
