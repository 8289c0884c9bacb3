/** What the daemon says of going back to one deployment. */
import type { Application } from "../../core/model/application.ts";
import { type Answer, useAsked } from "../components/asked.tsx";
import { ask, askPlan } from "../store/daemon.ts";
import { keyOf } from "../words/app-words.ts";
import { ourPathOf } from "./paths.ts";

/** What was answered of one that is not chosen any more is not shown. @param id undefined: none is chosen yet */
export function useOfDeployment<T extends object>(
  app: Application,
  id: number | undefined,
  what: "diff" | "revert",
): Answer<T> {
  const answer = useAsked<{ of: number | undefined; answer: Answer<T> }>(
    async (signal) => {
      if (id === undefined) return { of: id, answer: { is: "asking" } };
      try {
        const path = ourPathOf(app, `history/${id}/${what}`);
        // That there is no way by Git is no error: the other way is offered.
        const answer = await (what === "revert"
          ? askPlan<T>("GET", path, { signal })
          : ask<T>("GET", path, { signal }).then((value) => ({ is: "answered" as const, value })));
        return { of: id, answer };
      } catch (cause) {
        const why = cause instanceof Error ? cause.message : String(cause);
        return { of: id, answer: { is: "refused", why } };
      }
    },
    [keyOf(app), id],
  );
  return answer.is === "answered" && answer.value.of === id ? answer.value.answer : { is: "asking" };
}
