import type { Asker } from "../../core/access/asker.ts";
import type { AppKey, Application } from "../../core/model/application.ts";
import type { DeletedRun } from "../../core/model/undo-answer.ts";
import type { Past } from "../../core/ports/home.ts";
import type { Control, Found } from "../../engine/control.ts";
import { ABSENT, type Asked, EVERYWHERE } from "./asked.ts";
import { demand } from "./demand.ts";
import { mustHold } from "./standing.ts";

/** Entries that are read for whoever sees a part of them. */
const MOST_ENTRIES = 1_000;
/** No run has this number. */
export const NO_RUN = -1;

/** What was done, for whoever asks. */
export function journalOf(
  control: Control,
  { seen, seesAll }: { seen(who: Asker, key: AppKey): Application | undefined; seesAll(who: Asker): boolean },
) {
  /**
   * What is told of an application that is gone, and of none, is for whoever sees all; so is what was told under a name
   * before the application that has it now.
   * @param past how much of it, in numbers as `numberOf` has them
   */
  const journalled = <Entry extends { app?: AppKey }>(
    who: Asker,
    { app, limit }: { app?: AppKey; limit: number },
    entries: (filter: { app?: AppKey; limit: number }) => Entry[],
    { past, numberOf }: { past(past: Past): number; numberOf(entry: Entry): number },
  ): Entry[] => {
    who.filter("applications", "get");
    if (seesAll(who)) {
      // Of what one is denied all the same nothing is told.
      if (app !== undefined)
        return control.application(app) === undefined || seen(who, app) !== undefined
          ? entries({ app, limit })
          : [];
      if (who.isAlmighty) return entries({ limit });
    }
    /** The first number that is told; undefined: none. */
    const known = new Map<AppKey, number | undefined>();
    const beyond = (key: AppKey): number | undefined => {
      if (control.application(key) === undefined) return seesAll(who) ? 0 : undefined;
      if (seen(who, key) === undefined) return undefined;
      const before = seesAll(who) ? undefined : control.past(key);
      return before === undefined ? 0 : past(before);
    };
    const isTold = (entry: Entry): boolean => {
      if (entry.app === undefined) return seesAll(who);
      if (!known.has(entry.app)) known.set(entry.app, beyond(entry.app));
      const from = known.get(entry.app);
      return from !== undefined && numberOf(entry) > from;
    };
    if (app !== undefined && beyond(app) === undefined) return [];
    return entries(app === undefined ? { limit: MOST_ENTRIES } : { app, limit })
      .filter(isTold)
      .slice(0, limit);
  };
  /** Of what runs deleted: those of an application that had the name before are for whoever sees all. */
  const ownRuns = (who: Asker, key: AppKey): Found<DeletedRun[]> => {
    if (seen(who, key) === undefined) return ABSENT;
    const found = control.deleted(key);
    if (found.is === "absent" || seesAll(who)) return found;
    return { is: "found", value: found.value.filter(({ application }) => application === "this") };
  };
  /** Which run is meant; `NO_RUN` where it is none that may be seen. */
  const ownRun = (who: Asker, key: AppKey, run: number | undefined): number | undefined => {
    if (seesAll(who)) return run;
    const [found, own] = [control.deleted(key), ownRuns(who, key)];
    if (found.is === "absent" || own.is === "absent") return run;
    const runs = own.value;
    if (runs.length === found.value.length) return run;
    return (run === undefined ? runs[0] : runs.find((one) => one.run === run))?.run ?? NO_RUN;
  };

  const activity: Asked<Control>["activity"] = (who, query) => {
    // An export asks for one part after the other.
    mustHold(who);
    // Logins and refusals are among it: of one application it is told to whoever sees that.
    if (query.app === undefined || seen(who, query.app) === undefined)
      demand(who, "applications", "get", EVERYWHERE);
    if (query.app === undefined || seesAll(who)) return control.activity(query);
    const { entries = 0 } = control.past(query.app) ?? {};
    if (query.order === "oldest-first")
      return control.activity({ ...query, beyond: Math.max(entries, query.beyond ?? 0) });
    return control.activity(query).filter(({ seq }) => seq > entries);
  };
  return { journalled, activity, ownRuns, ownRun };
}
