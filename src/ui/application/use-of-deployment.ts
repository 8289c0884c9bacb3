/** What the daemon says of going back to one deployment. */
import type { Application } from "../../core/model/application.ts";
import { type Answer, useAsked } from "../components/asked.tsx";
import { ask } from "../store/daemon.ts";
import { keyOf } from "../words/app-words.ts";
import { ourPathOf } from "./paths.ts";

/** What was answered of one that is not chosen any more is not shown. @param id undefined: none is chosen yet */
export function useOfDeployment<T>(
  app: Application,
  id: number | undefined,
  what: "diff" | "revert",
): Answer<T> {
  const answer = useAsked<{ of: number | undefined; answer: Answer<T> }>(
    async (signal) => {
      if (id === undefined) return { of: id, answer: { is: "asking" } };
      try {
        const value = await ask<T>("GET", ourPathOf(app, `history/${id}/${what}`), { signal });
        return { of: id, answer: { is: "answered", value } };
      } catch (cause) {
        const why = cause instanceof Error ? cause.message : String(cause);
        return { of: id, answer: { is: "refused", why } };
      }
    },
    [keyOf(app), id],
  );
  return answer.is === "answered" && answer.value.of === id ? answer.value.answer : { is: "asking" };
}
