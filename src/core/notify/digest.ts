import { defined } from "../../lib/defined.ts";
import { MOST_LINES, type NotificationMessage, type Tone } from "../model/notification.ts";

const MOST_COUNTS = 4;
const WORST: readonly Tone[] = ["bad", "unsure", "good", "neutral"];

/**
 * Many messages to one destination as one, which lists them.
 * @param messages at least one, the oldest first
 * @param id the same whenever the same ones are told together
 */
export function digestOf(
  messages: readonly NotificationMessage[],
  id: string,
  url: string | undefined,
): NotificationMessage {
  const single = messages.flatMap(linesIn);
  const count = messages.reduce((sum, { count = 1 }) => sum + count, 0);
  const apps = new Set(messages.flatMap(({ app }) => app ?? []));
  const tone = WORST.find((one) => single.some((line) => line.tone === one)) ?? "neutral";
  const at = messages.at(-1)?.at ?? "";
  return {
    id,
    kind: "digest",
    tone,
    title: `${count} events${apps.size > 1 ? ` of ${apps.size} applications` : ""}: ${countsOf(messages)}`,
    at,
    facts: [],
    // What is wrong is what somebody looks for: the rest is counted.
    lines: [...single]
      .sort((a, b) => WORST.indexOf(a.tone) - WORST.indexOf(b.tone))
      .slice(0, MOST_LINES)
      .sort((a, b) => (a.at < b.at ? -1 : a.at > b.at ? 1 : 0)),
    count,
    why: "So much happened that it is told together; times are in UTC",
    ...defined({ link: url === undefined ? undefined : { text: "What happened", href: `${url}/activity` } }),
  };
}

function linesIn({
  at,
  title,
  tone,
  lines,
}: NotificationMessage): { at: string; title: string; tone: Tone }[] {
  return lines === undefined ? [{ at, title, tone }] : [...lines];
}

const COUNTED: Readonly<Record<string, string>> = {
  "sync-failed": "failed syncs",
  "sync-succeeded": "syncs",
  "sync-running": "started syncs",
  deployed: "deployed",
  "health-degraded": "degraded",
  "health-recovered": "healthy again",
  "drift-found": "drifted",
  "drift-healed": "healed",
  "prune-blocked": "blocked prunes",
  "cluster-unreachable": "clusters lost",
  "cluster-reachable": "clusters back",
  "hold-set": "held",
  "hold-lifted": "following Git again",
};

/** What is wrong first: a title is read no further than that. */
function countsOf(messages: readonly NotificationMessage[]): string {
  const counts = new Map<string, { count: number; rank: number }>();
  for (const { kind, tone, count = 1 } of messages) {
    const word = COUNTED[kind] ?? (kind === "digest" ? "told together" : kind);
    const before = counts.get(word) ?? { count: 0, rank: WORST.length };
    counts.set(word, { count: before.count + count, rank: Math.min(before.rank, WORST.indexOf(tone)) });
  }
  const all = [...counts].sort(([, a], [, b]) => a.rank - b.rank || b.count - a.count);
  return [
    ...all.slice(0, MOST_COUNTS).map(([word, { count }]) => `${count} ${word}`),
    ...(all.length > MOST_COUNTS ? ["and more"] : []),
  ].join(", ");
}
