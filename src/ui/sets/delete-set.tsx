/** Deleting a set: which applications and objects go with it, what stays, and how they would be kept; then it is done. */
import { useState } from "preact/hooks";
import { Asked, useAsked } from "../components/asked.tsx";
import { Dialog } from "../components/dialog.tsx";
import { note } from "../components/notes.tsx";
import { Typed } from "../components/typed.tsx";
import { ask } from "../store/daemon.ts";
import { type EndingApplication, endOf, type SetEnd } from "../words/set-end.ts";
import { applicationsWords, keyOfShown, type ShownSet } from "../words/set-words.ts";

const MOST_LISTED = 200;
const FIELDS =
  "items.metadata.name,items.metadata.namespace,items.metadata.finalizers,items.status.resources";

export function DeleteSet({ shown, onClose }: { shown: ShownSet; onClose(): void }) {
  const key = keyOfShown(shown);
  const { namespace, name } = shown.applicationSet.metadata;
  const [typed, setTyped] = useState("");
  const [wanted] = useState(() => new Set(shown.applications));
  const answer = useAsked(
    async (signal) => {
      if (wanted.size === 0) return endOf(shown.applicationSet, []);
      return endOf(shown.applicationSet, await endingApplications(wanted, signal));
    },
    [key],
  );
  // What is not known yet may be data.
  const isSure = wanted.size === 0 || typed === name;
  const isKnown = answer.is === "answered";
  return (
    <Dialog
      title={`Delete ${name}`}
      onClose={onClose}
      cli={["appset", "delete", key]}
      offer={{
        label:
          isKnown && answer.value.is === "all-go" && wanted.size > 0
            ? `Delete it and ${applicationsWords(wanted.size)}`
            : "Delete the set",
        tone: "danger",
        async work() {
          if (!isKnown) throw new Error("What goes along is not known yet.");
          if (!isSure) throw new Error(`Type ${name} to say that it may go.`);
          const query = new URLSearchParams({ appsetNamespace: namespace });
          await ask("DELETE", `/api/v1/applicationsets/${encodeURIComponent(name)}?${query}`);
          note("good", `${name}: its deletion has begun`);
        },
      }}
    >
      <Asked answer={answer} waiting="Asking what goes along">
        {(end) => <End end={end} all={wanted.size} />}
      </Asked>
      {wanted.size > 0 && (
        <Typed name={name} typed={typed} onType={setTyped}>
          {isKnown && answer.value.withData > 0
            ? "What is deleted takes data with it."
            : isKnown && answer.value.is === "all-stay"
              ? "What it makes is nobody's from then on."
              : "What is deleted ends what runs."}
        </Typed>
      )}
    </Dialog>
  );
}

/** As much of them as one may see. @param keys `namespace/name` */
export async function endingApplications(
  keys: ReadonlySet<string>,
  signal: AbortSignal,
): Promise<EndingApplication[]> {
  const { items } = await ask<{ items: EndingApplication[] | null }>(
    "GET",
    `/api/v1/applications?${new URLSearchParams({ fields: FIELDS })}`,
    { signal },
  );
  return (items ?? []).filter(({ metadata }) => keys.has(`${metadata.namespace}/${metadata.name}`));
}

function End({ end, all }: { end: SetEnd; all: number }) {
  const { is } = end;
  if (all === 0) return <p class="sum">It has no application, so nothing else goes.</p>;
  if (is === "all-stay")
    return (
      <p class="sum">
        {all === 1 ? "Its application stays" : `Its ${all} applications stay`}, because its policy deletes
        none; nobody makes or changes them from then on.
      </p>
    );
  return (
    <>
      <WhatGoes end={end} all={all} />
      <p class="dim">
        To keep the applications, set <code>spec.syncPolicy.applicationsSync: create-update</code> first; to
        keep what they delivered, <code>spec.syncPolicy.preserveResourcesOnDeletion: true</code>.
      </p>
    </>
  );
}

/** Applications that are deleted, and how many objects go with each. */
export function WhatGoes({
  end: { withObjects, alone, objects, withData },
  all,
}: {
  end: SetEnd;
  all: number;
}) {
  const unseen = all - withObjects.length - alone.length;
  return (
    <>
      <p class="sum">
        {applicationsWords(all)} {all === 1 ? "goes" : "go"} with it
        {objects > 0 &&
          `, and ${objects === 1 ? "1 object on the cluster" : `${objects} objects on the clusters`}`}
        {withData > 0 && (
          <b>
            , {withData} with data in {withData === 1 ? "it" : "them"}
          </b>
        )}
        .
        {alone.length > 0 &&
          ` What ${alone.length === 1 ? `${alone[0]?.metadata.name} delivered` : `${alone.length} of them delivered`} stays on the cluster.`}
        {unseen > 0 && ` ${unseen} of them you may not see.`}
      </p>
      <ul class="plan" aria-label="What goes">
        {[...withObjects, ...alone]
          .slice(0, MOST_LISTED)
          .map(({ metadata: { namespace, name }, status }, at) => (
            <li key={`${namespace}/${name}`} data-change="prune">
              <div class="object">
                <span class="mono">
                  {namespace}/{name}
                </span>{" "}
                <span class="dim">
                  {at < withObjects.length
                    ? objectsWords(status?.resources?.length ?? 0)
                    : "the application alone: its objects stay"}
                </span>
              </div>
            </li>
          ))}
        {all > MOST_LISTED && <li class="dim">and {all - MOST_LISTED} more</li>}
      </ul>
    </>
  );
}

function objectsWords(count: number): string {
  return count === 1 ? "with its object" : `with its ${count} objects`;
}
