import type { Kind } from "./timeline.ts";

/** As many as the page looks at. */
const MOST = "1000";

/** What an application's history shows, by the command line; undefined where no one command shows the same. */
export function historyCli(
  app: string,
  { kinds, words }: { kinds: readonly Kind[]; words: string },
): string[] | undefined {
  const [only, ...more] = kinds;
  if (words !== "" || more.length > 0) return undefined;
  if (only === "deployment") return ["app", "history", app];
  if (only !== "health") return undefined;
  const of = ["--app", app, "--kind", "health-degraded,health-recovered"];
  return ["activity", "transitions", ...of, "--limit", MOST];
}
