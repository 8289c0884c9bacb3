/** A set that is changed or made by hand: which applications would come, change and go is shown before it is kept. */
import { useState } from "preact/hooks";
import { equalJson } from "../../lib/equal-json.ts";
import { setPageAt } from "../application/paths.ts";
import { AsCli } from "../components/as-cli.tsx";
import { note } from "../components/notes.tsx";
import { PlannedObjects } from "../components/planned.tsx";
import { type EffectShown, ObjectEditor } from "../editing/object-editor.tsx";
import { ask, askTagged } from "../store/daemon.ts";
import { go, place, withQuery } from "../store/route.ts";
import { goneWith } from "../words/set-end.ts";
import { SET_FORM } from "../words/set-fields.ts";
import {
  changedIn,
  makesNothing,
  previewSentence,
  problemsOnce,
  type SetPreview,
} from "../words/set-preview.ts";
import { keyOfShown, type ShownSet, whyKept } from "../words/set-words.ts";
import { endingApplications, WhatGoes } from "./delete-set.tsx";
import { setPathAt } from "./set-paths.ts";
import { manifestOf } from "./set-views.tsx";

const MOST_LISTED = 50;

export function EditSet({ shown }: { shown: ShownSet }) {
  const key = keyOfShown(shown);
  const kept = whyKept(shown.origin);
  // As it was when somebody began to write: what comes meanwhile is another's, and is not written over.
  const [from] = useState(() => manifestOf(shown));
  return (
    <>
      <h2>{kept === undefined ? "Edit" : "Try a change"}</h2>
      {kept !== undefined && (
        <p class="words" data-tone="behind">
          {kept}. Here it is tried, and nothing is written.
        </p>
      )}
      <ObjectEditor
        label="The set as it is to be"
        from={from}
        of="one that is there"
        verb="Save"
        form={SET_FORM}
        kept={kept}
        effect={effectOf}
        save={async (object) => {
          if (!isNamed(object, shown))
            throw new Error(`It is ${key}: to call it otherwise make a new one, and delete this one.`);
          const { value: now, tag: over } = await askTagged<ShownSet>(setPathAt(key));
          if (!equalJson(manifestOf(now), from))
            throw new Error(
              "Somebody changed it while you wrote: copy what you have, cancel, and begin anew.",
            );
          await ask("POST", "/api/v1/applicationsets?upsert=true", { body: object, over });
          note("good", `${shown.applicationSet.metadata.name} was changed`);
        }}
        onClose={() => place.peek().query.get("edit") === "yes" && go(withQuery({ edit: undefined }), "push")}
      />
      <AsCli
        words={
          kept === undefined
            ? ["appset", "create", "--file", "set.yaml", "--upsert"]
            : ["appset", "preview", "--file", "set.yaml"]
        }
      />
    </>
  );
}

/** As it begins: one generator, one element, and what comes of it. */
const FIRST = {
  apiVersion: "argoproj.io/v1alpha1",
  kind: "ApplicationSet",
  metadata: { name: "" },
  spec: {
    goTemplate: true,
    goTemplateOptions: ["missingkey=error"],
    generators: [{ list: { elements: [{ name: "staging" }] } }],
    syncPolicy: { applicationsSync: "sync" },
    template: {
      metadata: { name: "{{ .name }}" },
      spec: {
        project: "default",
        source: {
          ...{ repoURL: "", targetRevision: "HEAD", path: "{{ .name }}" },
        },
        destination: { name: "in-cluster", namespace: "{{ .name }}" },
      },
    },
  },
};

export function NewSet() {
  return (
    <>
      <h1 tabIndex={-1}>New ApplicationSet</h1>
      <p class="attention">Committed beside your applications it is kept by Git; made here, by the daemon.</p>
      <ObjectEditor
        label="The set as it is to be"
        from={FIRST}
        of="new"
        verb="Create"
        form={SET_FORM}
        effect={effectOf}
        save={async (object) => {
          const { metadata } = await ask<{ metadata: { namespace: string; name: string } }>(
            "POST",
            "/api/v1/applicationsets",
            { body: object },
          );
          note("good", `ApplicationSet ${metadata.name} was made`);
          go(setPageAt(`${metadata.namespace}/${metadata.name}`), "push");
        }}
        onClose={() => place.peek().path === "/applicationsets" && go("/applicationsets", "push")}
      />
      <AsCli words={["appset", "create", "--file", "set.yaml"]} />
    </>
  );
}

function isNamed(object: Record<string, unknown>, { applicationSet: { metadata } }: ShownSet): boolean {
  const { name, namespace = metadata.namespace } = (object["metadata"] ?? {}) as Record<string, unknown>;
  return name === metadata.name && namespace === metadata.namespace;
}

async function effectOf(object: Record<string, unknown>, signal: AbortSignal): Promise<EffectShown> {
  const preview = await ask<SetPreview>("POST", "/api/holdfast/v1/applicationsets/preview", {
    ...{ body: object, signal },
  });
  const gone = preview.steps.flatMap((step) => (step.do === "delete" ? [step.application] : []));
  const is = makesNothing(preview) ? "nothing-works" : "fine";
  if (gone.length === 0) return { shown: <Effect preview={preview} />, is };
  const end = goneWith(await endingApplications(new Set(gone), signal));
  const { name } = object["metadata"] as { name: string };
  return {
    shown: (
      <>
        <Effect preview={preview} />
        <WhatGoes end={end} all={gone.length} />
      </>
    ),
    is,
    sure: {
      name,
      why: end.withData > 0 ? "What is deleted takes data with it." : "What is deleted ends what runs.",
    },
  };
}

function Effect({ preview }: { preview: SetPreview }) {
  const { problems, steps } = preview;
  const wrong = problemsOnce(problems);
  const held = steps.flatMap((step) => (step.do === "held" ? [step] : []));
  const isDeleting = steps.some((step) => step.do === "delete");
  return (
    <>
      <p class="words" data-tone={isDeleting ? "behind" : undefined} role="status">
        {previewSentence(preview)}.
      </p>
      {problems.length > 0 && (
        <ul class="said" aria-label="What is wrong">
          {wrong.slice(0, MOST_LISTED).map(({ severity, path, text, fix, more }, at) => (
            <li key={`${at} ${text}`} class="words" data-tone={severity === "error" ? "bad" : "behind"}>
              {path !== undefined && <code>{path}</code>} {text}
              {fix !== undefined && <span class="fix">. {fix}</span>}
              {more > 0 && <span class="why">The same of {more} more</span>}
            </li>
          ))}
          {wrong.length > MOST_LISTED && <li class="dim">and {wrong.length - MOST_LISTED} more</li>}
        </ul>
      )}
      <PlannedObjects items={changedIn(preview)} />
      {held.length > 0 && (
        <>
          <h3 class="small">Held</h3>
          <ul class="plain-list">
            {held.slice(0, MOST_LISTED).map(({ application, wanted, why }) => (
              <li key={`${application} ${wanted}`}>
                {wanted} <span class="mono">{application}</span> <span class="dim">{why}</span>
              </li>
            ))}
            {held.length > MOST_LISTED && <li class="dim">and {held.length - MOST_LISTED} more</li>}
          </ul>
        </>
      )}
    </>
  );
}
