import type { ActivityNote } from "../model/activity.ts";

/** Kinds of refusals that are told one by one. */
export interface AttemptLimits {
  perMinute: number;
  /** A flood of new kinds without end would take the place of everything else that is kept. */
  perHour: number;
}

export const ATTEMPT_LIMITS: AttemptLimits = { perMinute: 10, perHour: 60 };
/** Actions that are counted apart where there are too many kinds. */
const MOST_ACTIONS = 16;

interface Counted {
  note: ActivityNote;
  more: number;
}

/**
 * Logins and refusals, of which anybody can make as many as they like. The first of a kind is told at once; those that
 * follow within its minute are counted, and told as one. Where there are too many kinds, the rest of the hour is told as
 * one an action. A process that is killed loses counts of a minute, or of an hour of a flood, and never a first one.
 *
 * A kind: who, what, how it ended, on which object, and from which network.
 */
export class Attempts {
  #minute = "";
  #hour = "";
  #kinds = new Map<string, Counted>();
  /** By action. */
  #others = new Map<string, Counted>();
  #toldThisHour = 0;

  constructor(private readonly limits: AttemptLimits = ATTEMPT_LIMITS) {}

  /** @returns what is to be written down now */
  take(note: ActivityNote): ActivityNote[] {
    const due = this.settle(note.at);
    const kind = kindOf(note);
    const known = this.#kinds.get(kind);
    if (known !== undefined) {
      known.more += 1;
      known.note = { ...known.note, at: note.at };
      return due;
    }
    const { perMinute, perHour } = this.limits;
    // Who succeeds has shown something: a flood of others hides none of them.
    const isRefused = note.outcome !== undefined && note.outcome.is !== "done";
    if (isRefused && (this.#kinds.size >= perMinute || this.#toldThisHour >= perHour)) {
      this.#countOther(note);
      return due;
    }
    if (isRefused) this.#toldThisHour += 1;
    this.#kinds.set(kind, { note, more: 0 });
    return [...due, note];
  }

  /** @param at RFC 3339, of now @returns what was counted in a minute, or an hour, that is over */
  settle(at: string): ActivityNote[] {
    const [minute, hour] = [at.slice(0, 16), at.slice(0, 13)];
    const due: ActivityNote[] = [];
    if (minute !== this.#minute) {
      due.push(...[...this.#kinds.values()].flatMap(furtherOf));
      this.#kinds = new Map();
      this.#minute = minute;
    }
    if (hour !== this.#hour) {
      due.push(...[...this.#others.values()].flatMap(furtherOf));
      this.#others = new Map();
      this.#toldThisHour = 0;
      this.#hour = hour;
    }
    return due;
  }

  /** All that was counted and not told, at the end. */
  end(): ActivityNote[] {
    return this.settle("");
  }

  #countOther(note: ActivityNote): void {
    const { at, outcome } = note;
    const action = this.#others.size < MOST_ACTIONS || this.#others.has(note.action) ? note.action : "others";
    const known = this.#others.get(action);
    this.#others.set(action, {
      note: {
        ...{ at, actor: "anonymous", action, outcome: outcome ?? { is: "done" } },
        details: { of: "more kinds than are told one by one", since: known?.note.details["since"] ?? at },
      },
      more: (known?.more ?? 0) + 1,
    });
  }
}

function furtherOf({ note, more }: Counted): ActivityNote[] {
  return more === 0 ? [] : [{ ...note, count: more }];
}

function kindOf({ actor, action, app, object, outcome, from, details }: ActivityNote): string {
  return JSON.stringify([
    ...[actor, action, app, object, outcome?.is, networkOf(from?.address ?? "")],
    details["account"],
    details["on"],
  ]);
}

/** Of a whole network, because whoever has one address of it has as many as they like: /24, or /64 of IPv6. */
function networkOf(address: string): string {
  const [, mapped] = /^(?:::ffff:)?(\d+\.\d+\.\d+)\.\d+$/i.exec(address) ?? [];
  if (mapped !== undefined) return mapped;
  const [head = "", tail] = address.toLowerCase().split("%", 1)[0]!.split("::");
  const groups = head.split(":").filter((group) => group !== "");
  const missing = tail === undefined ? 0 : 8 - groups.length - tail.split(":").filter(Boolean).length;
  return [...groups, ...Array<string>(Math.max(0, missing)).fill("0"), ...(tail ?? "").split(":")]
    .slice(0, 4)
    .map((group) => group.replace(/^0+(?=.)/, ""))
    .join(":");
}
