import type { Asker } from "../../core/access/asker.ts";
import type { AppKey, Application } from "../../core/model/application.ts";
import type { Transition, TransitionQuery } from "../../core/model/transition.ts";
import type { Control } from "../../engine/control.ts";
import { messageOf } from "../../lib/caught.ts";
import { defined } from "../../lib/defined.ts";
import { ApiError } from "../api-error.ts";
import { mustHold } from "./standing.ts";

/** Read at once, for whoever sees a part of them. */
const A_PART = 200;
/** Looked through for one page: whoever sees few of many asks for the next one. */
const MOST_LOOKED = 5_000;
/** How often whoever follows is asked whether they may still. */
const EVERY_MS = 1_000;

/** `cursor`: `beyond` of the next page; absent on the last one. */
export interface TransitionPage {
  items: Transition[];
  cursor?: number;
}

export interface AuthorisedTransitions {
  transitions(who: Asker, query: TransitionQuery): TransitionPage;
  /**
   * What is told from now on, or beyond a number, oldest first.
   * @param over nothing is told any more, and why
   */
  followTransitions(
    who: Asker,
    query: Omit<TransitionQuery, "order" | "limit">,
    listener: (transition: Transition) => void,
    over: (why: ApiError) => void,
  ): () => void;
  /** Whether one may be told now. */
  maySeeTransition(who: Asker, transition: Pick<Transition, "app" | "uid" | "cluster">): boolean;
}

interface Rooms {
  seen(who: Asker, key: AppKey): Application | undefined;
  seesAll(who: Asker): boolean;
  /** Whether one sees a cluster of this name, or would see one that is gone. */
  seesCluster(who: Asker, name: string): boolean;
  /** Whether one sees any application or cluster. */
  seesAny(who: Asker): boolean;
}

/**
 * What became of applications that one sees, and of clusters that one sees. What is told of an application that is gone, or
 * of another one that had the name, is for whoever sees all of them.
 */
export function authorisedTransitions(
  control: Pick<Control, "application" | "transitions" | "onTransition">,
  { seen, seesAll, seesCluster, seesAny }: Rooms,
): AuthorisedTransitions {
  const isTold: AuthorisedTransitions["maySeeTransition"] = (who, { app, uid, cluster }) => {
    if (app === undefined) return cluster !== undefined && seesCluster(who, cluster);
    const there = control.application(app);
    if (there === undefined) return seesAll(who);
    const mine = seen(who, app);
    return mine !== undefined && (mine.metadata.uid === uid || seesAll(who));
  };
  const transitions = (who: Asker, query: TransitionQuery): TransitionPage => {
    mustHold(who);
    who.filter("applications", "get");
    const items: Transition[] = [];
    let { beyond } = query;
    for (let looked = 0; looked < MOST_LOOKED; looked += A_PART) {
      const part = control.transitions({ ...query, ...defined({ beyond }), limit: A_PART });
      for (const one of part) {
        // A further one is there, whoever sees it.
        if (items.length === query.limit) return { items, ...defined({ cursor: beyond }) };
        beyond = one.seq;
        if (isTold(who, one)) items.push(one);
      }
      if (part.length < A_PART) return { items };
    }
    return { items, ...defined({ cursor: beyond }) };
  };
  /** Whether anything of what is asked for may be told; an application that is gone hides nothing. */
  const isOpen = (who: Asker, { app, cluster }: Pick<TransitionQuery, "app" | "cluster">): boolean => {
    if (app !== undefined) return control.application(app) === undefined || seen(who, app) !== undefined;
    return cluster === undefined ? seesAny(who) : seesCluster(who, cluster);
  };
  return {
    transitions,
    maySeeTransition: isTold,
    followTransitions(who, query, listener, over) {
      who.filter("applications", "get");
      let beyond = query.beyond ?? control.transitions({ order: "newest-first", limit: 1 })[0]?.seq ?? 0;
      const readOn = (): void => {
        for (;;) {
          const part = control.transitions({ ...query, beyond, order: "oldest-first", limit: A_PART });
          for (const one of part) {
            beyond = one.seq;
            if (isTold(who, one)) listener(one);
          }
          if (part.length < A_PART) return;
        }
      };
      let wasOpen = isOpen(who, query);
      const guarded = (work: () => void): void => {
        try {
          work();
        } catch (cause) {
          stop();
          over(cause instanceof ApiError ? cause : unreadable(cause));
        }
      };
      readOn();
      const unsubscribe = control.onTransition(() => guarded(readOn));
      const timer = setInterval(
        () =>
          guarded(() => {
            mustHold(who);
            const before = wasOpen;
            wasOpen = isOpen(who, query);
            if (before && !wasOpen) throw takenAway(who);
          }),
        EVERY_MS,
      );
      const stop = (): void => {
        clearInterval(timer);
        unsubscribe();
      };
      return stop;
    },
  };
}

function takenAway(who: Asker): ApiError {
  return new ApiError("PermissionDenied", "the permission to see what became of these was taken away", {
    details: { reason: "permission-denied", resource: "applications", action: "get", subject: who.name },
  });
}

function unreadable(cause: unknown): ApiError {
  return new ApiError("Unavailable", `what became of applications cannot be read: ${messageOf(cause)}`);
}
