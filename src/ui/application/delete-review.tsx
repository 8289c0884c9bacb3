/** Deleting an application: which objects go with it, in which way, and what becomes of the others; then it is done. */
import { useState } from "preact/hooks";
import type { Application } from "../../core/model/application.ts";
import { Dialog } from "../components/dialog.tsx";
import { note } from "../components/notes.tsx";
import { Typed } from "../components/typed.tsx";
import { ask } from "../store/daemon.ts";
import { keyOf } from "../words/app-words.ts";
import { objectName } from "../words/deployment-words.ts";
import { LOSES } from "../words/losing.ts";
import type { Origin } from "../words/origin-words.ts";
import { idOfResource } from "../words/resource-ids.ts";
import { LostObject } from "./lost-object.tsx";
import { argoPathOf } from "./paths.ts";

/** Objects that are named; of more than these people read the counts alone. */
const MOST_LISTED = 200;

type Way = "foreground" | "background" | "orphan";
const WAYS: readonly { is: Way; word: string; does: string }[] = [
  {
    is: "foreground",
    word: "With its objects, one after the other",
    does: "each object's own dependents go first, in the waves' order backwards; it ends when all are gone",
  },
  {
    is: "background",
    word: "With its objects, in the background",
    does: "each object goes at once, and the cluster clears up what hung on it afterwards",
  },
  {
    is: "orphan",
    word: "The application alone",
    does: "its objects stay as they are, and run on; nobody delivers them any more, and no hook runs",
  },
];

export function DeleteReview({
  app,
  origin,
  onClose,
}: {
  app: Application;
  origin: Origin;
  onClose(): void;
}) {
  const { name } = app.metadata;
  const [way, setWay] = useState<Way>("foreground");
  const [hooks, setHooks] = useState<"run" | "skip">("run");
  const [typed, setTyped] = useState("");
  const objects = (app.status?.resources ?? [])
    .filter(({ health, kept }) => health?.status !== "Missing" && kept === undefined)
    .map(({ group = "", kind, namespace = "", name }) => ({ group, kind, namespace, name }))
    .sort((a, b) => Number(LOSES.has(b.kind)) - Number(LOSES.has(a.kind)));
  const kept = (app.status?.resources ?? []).filter((one) => one.kept !== undefined).length;
  const goes = way !== "orphan" && objects.length > 0;
  const withData = objects.filter(({ kind }) => LOSES.has(kind)).length;
  const isSure = !goes || typed === name;
  const objectsWords = objects.length === 1 ? "1 object" : `${objects.length} objects`;
  const offer = {
    label: goes ? `Delete it and ${objectsWords}` : "Delete the application",
    tone: "danger" as const,
    async work() {
      if (!isSure) throw new Error(`Type ${name} to say that these may go.`);
      const query = new URLSearchParams(
        way === "orphan" ? { cascade: "false" } : { cascade: "true", propagationPolicy: way, hooks },
      );
      const { message } = await ask<{ message?: string }>("DELETE", `${argoPathOf(app)}&${query}`);
      note("good", message ?? `${name}: its deletion has begun`);
    },
  };
  return (
    <Dialog
      title={`Delete ${name}`}
      onClose={onClose}
      offer={offer}
      cli={[
        ...["app", "delete", keyOf(app)],
        ...(way === "orphan" ? ["--no-cascade"] : ["--propagation-policy", way]),
        ...(way !== "orphan" && hooks === "skip" ? ["--skip-hooks"] : []),
      ]}
    >
      {origin.from === "parent" && (
        <p class="words" data-tone="behind">
          {origin.set !== undefined
            ? `ApplicationSet ${origin.set} makes it`
            : origin.parent === undefined
              ? "Another application or an ApplicationSet makes it"
              : `Application ${origin.parent} renders it`}
          , and makes it again as long as it is in there.
        </p>
      )}
      <fieldset class="ways">
        <legend>How</legend>
        {WAYS.map(({ is, word, does }) => (
          <p key={is}>
            <label>
              <input type="radio" name="way" value={is} checked={way === is} onChange={() => setWay(is)} />
              {word}
              <span class="why">{does}</span>
            </label>
          </p>
        ))}
      </fieldset>
      {goes ? (
        <>
          <p class="sum">
            {objectsWords} on the cluster {objects.length === 1 ? "goes" : "go"} with it
            {withData > 0 && <b>, {withData === 1 ? "1 with data" : `${withData} with data`} in it</b>}.
          </p>
          <ul class="plan" aria-label="What goes">
            {objects.slice(0, MOST_LISTED).map((object) => (
              <li key={idOfResource(object)} data-change={LOSES.has(object.kind) ? "prune" : undefined}>
                <LostObject app={app} id={idOfResource(object)}>
                  {LOSES.has(object.kind) && <b>data </b>}
                  <span class="mono">{objectName(object)}</span>
                </LostObject>
              </li>
            ))}
            {objects.length > MOST_LISTED && <li class="dim">and {objects.length - MOST_LISTED} more</li>}
          </ul>
          <p class="dim">
            What bears Delete=false or helm.sh/resource-policy: keep, and what the project forbids, stays; a
            definition goes with Delete=true alone.
            {kept > 0 && ` ${kept === 1 ? "1 object stays" : `${kept} objects stay`} by a mark already.`}
          </p>
          <p>
            <label>
              <input
                type="checkbox"
                checked={hooks === "skip"}
                onChange={(event) => setHooks(event.currentTarget.checked ? "skip" : "run")}
              />
              Without the hooks around its deletion (PreDelete, PostDelete)
            </label>
          </p>
          <Typed name={name} typed={typed} onType={setTyped}>
            {withData > 0 ? "What is deleted takes data with it." : "What is deleted ends what runs."}
          </Typed>
        </>
      ) : (
        <p class="sum">
          {objects.length === 0
            ? "Nothing of it is on the cluster."
            : `${objectsWords} on the cluster ${objects.length === 1 ? "stays" : "stay"} as ${objects.length === 1 ? "it is" : "they are"}.`}
        </p>
      )}
    </Dialog>
  );
}
