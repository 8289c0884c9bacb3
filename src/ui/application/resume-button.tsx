/** What lifts the suspension of an object, where its cluster offers that now: reviewed first, as every action is. */
import { useState } from "preact/hooks";
import type { Application } from "../../core/model/application.ts";
import { useAsked } from "../components/asked.tsx";
import { ask } from "../store/daemon.ts";
import { keyOf } from "../words/app-words.ts";
import { ActionDialog, type Offered } from "./action-dialog.tsx";
import { argoPathOf } from "./paths.ts";
import { objectQuery } from "./use-live.ts";

/** @param id `group/Kind/namespace/name` */
export function ResumeButton({ app, id }: { app: Application; id: string }) {
  const [chosen, setChosen] = useState<Offered>();
  const { reconciledAt, health, operationState } = app.status ?? {};
  const answer = useAsked(
    (signal) =>
      ask<{ actions: Offered[] }>("GET", `${argoPathOf(app, "resource/actions")}&${objectQuery(id)}`, {
        signal,
      }),
    [keyOf(app), id, reconciledAt, health?.status, operationState?.message],
  );
  const resume =
    answer.is === "answered"
      ? answer.value.actions.find(({ name, disabled }) => name === "resume" && !disabled)
      : undefined;
  const [, kind = "", , name = ""] = id.split("/");
  return (
    <>
      {resume !== undefined && (
        <button
          type="button"
          aria-disabled={resume.denied !== undefined}
          title={resume.denied ?? resume.description}
          onClick={() => resume.denied === undefined && setChosen(resume)}
        >
          Resume {kind} {name}
        </button>
      )}
      {chosen !== undefined && (
        <ActionDialog app={app} id={id} action={chosen} onClose={() => setChosen(undefined)} />
      )}
    </>
  );
}
