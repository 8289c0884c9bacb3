/** Where a followed log goes on with other Pods or other runs of their containers, and what of it was read before. */
import { sortableTime } from "../../lib/sortable-time.ts";
import type { Entry, Said } from "./log-book.ts";

/** A Pod whose log is followed. */
export interface FollowedPod {
  name: string;
  /** "" where nobody knows it. */
  uid: string;
  /** With when each began; "" where it did not yet. */
  containers: readonly { name: string; startedAt: string }[];
}

export interface Seam {
  /** What is said where the log goes on. */
  breaks: Said[];
  /** RFC 3339: what was written since is read; undefined: nothing was read yet. */
  since: string | undefined;
  /** Whether a line was read before. */
  wasRead(said: Said): boolean;
}

/** What was written so shortly before the last line may have been on its way; milliseconds. */
const SLACK_MS = 5_000;

/**
 * @param before those that are followed @param now those that there are
 * @param read what was read so far, as it came
 * @returns undefined where nothing new is to be followed: of a Pod that is gone nothing more comes, and that is all
 */
export function seamOf(
  before: readonly FollowedPod[],
  now: readonly FollowedPod[],
  read: readonly Pick<Entry, "pod" | "container" | "time">[],
): Seam | undefined {
  const changes = now.map((pod) =>
    changeOf(
      before.find(({ name }) => name === pod.name),
      pod,
    ),
  );
  const begun = changes.flatMap(({ begun }) => begun);
  const others = new Set(now.filter((_, at) => changes[at]?.is === "another").map(({ name }) => name));
  if (begun.length === 0 && others.size === 0) return undefined;
  const last = new Map<string, string>();
  for (const { pod, container, time } of read) if (time !== "") last.set(`${pod} ${container}`, time);
  return {
    breaks: read.length === 0 ? [] : changes.flatMap(({ breaks }) => breaks),
    since: sinceOf([...last.values()], begun),
    wasRead: ({ pod, container = "", time }) => {
      // Clocks of two nodes differ: what another Pod wrote is new, whenever that was.
      if (time === "" || others.has(pod)) return false;
      const known = last.get(`${pod} ${container}`);
      return known !== undefined && sortableTime(time) <= sortableTime(known);
    },
  };
}

interface Change {
  is: "another" | "the-same";
  /** When containers began of which nothing was read; "" where that is not known. */
  begun: string[];
  breaks: Said[];
}

function changeOf(before: FollowedPod | undefined, now: FollowedPod): Change {
  if (before === undefined || (before.uid !== "" && now.uid !== "" && before.uid !== now.uid))
    return {
      is: "another",
      begun: now.containers.map(({ startedAt }) => startedAt),
      breaks: before === undefined ? [] : [breakOf(now, "another Pod of this name, the one before is gone")],
    };
  const starts = now.containers.flatMap(({ name, startedAt }) => {
    const first = before.containers.find((one) => one.name === name)?.startedAt ?? "";
    return startedAt === "" || startedAt === first ? [] : [{ name, startedAt, isAgain: first !== "" }];
  });
  return {
    is: "the-same",
    begun: starts.map(({ startedAt }) => startedAt),
    breaks: starts.flatMap(({ name, isAgain }) => (isAgain ? [breakOf(now, `${name} began again`)] : [])),
  };
}

function breakOf({ name }: FollowedPod, text: string): Said {
  return { pod: "", time: "", content: `${name}: ${text}`, is: "break" };
}

function sinceOf(last: readonly string[], begun: readonly string[]): string | undefined {
  const msOf = (times: readonly string[]): number[] =>
    times.map((time) => Date.parse(time)).filter(Number.isFinite);
  const read = msOf(last);
  if (read.length === 0) return undefined;
  return new Date(Math.min(Math.max(...read), ...msOf(begun)) - SLACK_MS).toISOString();
}
