/** What somebody types who wants something done to an application: `sync payments`, `roll back mailer`. */
import type { ActionId } from "./application-actions.ts";

/** Of an action that leads to a review, or writes nothing. */
export type DeedId = Exclude<ActionId, "run" | "confirm" | "link" | "cli">;

interface Deed {
  id: DeedId;
  /** As Argo CD's page and command line call it, and ours. */
  typed: readonly string[];
  /** As the menu of an application has it, where that is not known yet. */
  word: string;
  /** Why it is not offered, where the menu leaves it out. */
  absent: string;
}

const DEEDS: readonly Deed[] = [
  {
    id: "hard-refresh",
    typed: ["hard refresh", "hard-refresh"],
    word: "Refresh, and render again",
    absent: "",
  },
  { id: "refresh", typed: ["refresh"], word: "Refresh", absent: "" },
  { id: "sync", typed: ["sync", "deploy"], word: "Review & sync…", absent: "" },
  { id: "rollback", typed: ["roll back", "rollback"], word: "Roll back…", absent: "" },
  { id: "terminate", typed: ["terminate"], word: "Terminate…", absent: "" },
  { id: "unhold", typed: ["unhold", "lift the hold of"], word: "Lift the hold…", absent: "It is not held" },
  {
    id: "undo",
    typed: ["undo"],
    word: "Make again what was deleted…",
    absent: "Nothing that was deleted is kept",
  },
  {
    id: "pause",
    typed: ["pause", "disable auto-sync"],
    word: "Pause automated sync…",
    absent: "It is not synced automatically",
  },
  {
    id: "resume",
    typed: ["resume", "enable auto-sync"],
    word: "Resume automated sync…",
    absent: "It is synced automatically already",
  },
  { id: "delete", typed: ["delete"], word: "Delete…", absent: "" },
];

/** @returns which deed, and what the application's name begins with or has in it; undefined: it names none, or none of either */
export function deedIn(line: string): { deed: Deed; of: string } | undefined {
  const text = line.trim().toLowerCase().replace(/\s+/g, " ");
  for (const deed of DEEDS)
    for (const word of deed.typed)
      if (text.startsWith(`${word} `)) return { deed, of: text.slice(word.length + 1) };
  return undefined;
}
