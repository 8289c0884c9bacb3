/** What a set says of itself beside its applications: steps of its rollout, template, conditions and events, text. */
import type { SetCondition } from "../../core/model/application-set-status.ts";
import { pageAt } from "../application/paths.ts";
import { AsCli, copy } from "../components/as-cli.tsx";
import { Asked, useAsked } from "../components/asked.tsx";
import type { MenuItem } from "../components/menu.tsx";
import { Scrolled } from "../components/scrolled.tsx";
import { State } from "../components/state.tsx";
import { Table } from "../components/table.tsx";
import { Ago, Timed } from "../components/time.tsx";
import { known, now } from "../store/applications.ts";
import { ask } from "../store/daemon.ts";
import { hrefOf } from "../store/route.ts";
import { healthOf, syncOf } from "../words/app-words.ts";
import { type StepLane, stepLanes } from "../words/set-rollout.ts";
import { keyOfShown, type ShownSet } from "../words/set-words.ts";
import { yamlText } from "../words/yaml-text.ts";

/** Of a step; of more than these people read the counts. */
const MOST_IN_LANE = 50;

export function RolloutView({ shown }: { shown: ShownSet }) {
  const lanes = stepLanes(shown.applicationSet);
  const { namespace } = shown.applicationSet.metadata;
  return (
    <>
      <p class="dim">
        Each step is synced when all applications of the steps before are Synced and Healthy. A sync by hand
        goes past it.
      </p>
      {lanes.length === 0 && <p class="dim">It has no steps, so that the rollout syncs nothing.</p>}
      <h2 class="small">Steps</h2>
      <ol class="lanes" aria-label="Steps">
        {lanes.map((lane) => (
          <Lane key={lane.title} lane={lane} namespace={namespace} />
        ))}
      </ol>
    </>
  );
}

const LANE_WORDS = { done: "through", running: "under way", waiting: "waits", none: "" } as const;

function Lane({ lane, namespace }: { lane: StepLane; namespace: string }) {
  const { title, selects, atOnce, state, applications } = lane;
  return (
    <li data-state={state}>
      <h3>
        {title} <span class="dim">{applications.length === 0 ? "empty" : LANE_WORDS[state]}</span>
      </h3>
      {(selects !== "" || atOnce !== "") && (
        <p class="dim small-print">{[selects, atOnce].filter((text) => text !== "").join(" · ")}</p>
      )}
      {applications.length === 0 && <p class="dim small-print">No application of it is selected.</p>}
      <ul>
        {applications.slice(0, MOST_IN_LANE).map(({ application, status, message, lastTransitionTime }) => {
          const key = `${namespace}/${application}`;
          const app = known.value?.get(key);
          return (
            <li key={application}>
              <a href={hrefOf(pageAt(key))}>{application}</a>{" "}
              <State word={status === "Pending" ? "Progressing" : status} as="bare" />{" "}
              {lastTransitionTime !== undefined && status !== "Healthy" && (
                <span class="dim">
                  since <Ago at={lastTransitionTime} />
                </span>
              )}
              {status !== "Healthy" && message !== "" && (
                <span class="why">
                  <Timed text={message} />
                </span>
              )}
              {status === "Healthy" && app !== undefined && healthOf(app) !== "Healthy" && (
                <span class="why">
                  {syncOf(app)}, {healthOf(app)} now
                </span>
              )}
            </li>
          );
        })}
        {applications.length > MOST_IN_LANE && (
          <li class="dim">and {applications.length - MOST_IN_LANE} more</li>
        )}
      </ul>
    </li>
  );
}

export function TemplateView({ shown }: { shown: ShownSet }) {
  const { spec } = shown.applicationSet;
  const own = spec.generators.flatMap((generator, at) =>
    Object.entries(generator).flatMap(([kind, value]) =>
      typeof value === "object" && value !== null && "template" in value
        ? [{ at: `spec.generators[${at}].${kind}.template`, text: yamlText(value.template) }]
        : [],
    ),
  );
  return (
    <>
      <p class="dim">
        {spec.goTemplate === true
          ? `Filled in as a Go template${(spec.goTemplateOptions ?? []).length > 0 ? ` with ${(spec.goTemplateOptions ?? []).join(", ")}` : ""}: what stands in braces is filled in with each element.`
          : "What stands in braces is filled in with each element; a name that nobody knows stays as it is."}
      </p>
      <Filled label="Template" text={yamlText(spec.template)} />
      {(spec.templatePatch ?? "") !== "" && (
        <>
          <h2 class="small">Patch that is merged into each application</h2>
          <Filled label="Patch" text={spec.templatePatch ?? ""} />
        </>
      )}
      {own.map(({ at, text }) => (
        <div key={at}>
          <h2 class="small">
            <code>{at}</code>, which counts before it
          </h2>
          <Filled label={at} text={text} />
        </div>
      ))}
    </>
  );
}

/** YAML, with what is filled in marked. */
function Filled({ label, text }: { label: string; text: string }) {
  const parts = text.split(/(\{\{[\s\S]*?\}\})/);
  return (
    <Scrolled as="manifest" label={label}>
      <pre>{parts.map((part, at) => (at % 2 === 0 ? part : <mark key={`${at} ${part}`}>{part}</mark>))}</pre>
    </Scrolled>
  );
}

/** An error is the cause of what all conditions say: read once. @param before what stands above it */
function Why({
  of: { type, status, reason, message },
  before,
}: {
  of: SetCondition;
  before: SetCondition | undefined;
}) {
  if (before?.reason === reason && before.message === message) return <span class="dim">as above</span>;
  return (
    <span data-tone={type === "ErrorOccurred" && status === "True" ? "bad" : undefined}>
      {reason}: <Timed text={message} />
    </span>
  );
}

interface SetEvent {
  metadata: { uid?: string; name?: string };
  type?: string;
  reason?: string;
  message?: string;
  lastTimestamp?: string;
  count?: number;
}

export function EventsView({ shown, isGone }: { shown: ShownSet; isGone: boolean }) {
  const { namespace, name } = shown.applicationSet.metadata;
  const { conditions = [] } = shown.applicationSet.status ?? {};
  const path = `/api/v1/applicationsets/${encodeURIComponent(name)}/events?${new URLSearchParams({ appsetNamespace: namespace })}`;
  const answer = useAsked(
    (signal) =>
      isGone ? Promise.resolve({ items: [] }) : ask<{ items: SetEvent[] }>("GET", path, { signal }),
    [path, isGone, now.value],
  );
  return (
    <>
      <h2 class="small">Conditions</h2>
      <Table
        items={conditions}
        keyOf={({ type }) => type}
        none="Nothing is said of it yet."
        columns={[
          { head: "Condition", as: "word", cell: ({ type }) => type },
          { head: "Is", as: "word", cell: ({ status }) => (status === "True" ? "yes" : "no") },
          {
            head: "Why",
            cell: (condition) => (
              <Why of={condition} before={conditions[conditions.indexOf(condition) - 1]} />
            ),
          },
          {
            head: "Since",
            as: "word",
            cell: ({ lastTransitionTime }) =>
              lastTransitionTime === undefined ? "" : <Ago at={lastTransitionTime} />,
          },
        ]}
      />
      <h2 class="small">Events</h2>
      <Asked answer={answer} waiting="Asking for its events">
        {({ items }) => (
          <Table
            items={items ?? []}
            keyOf={({ metadata: { uid, name } }) => uid ?? name ?? ""}
            none="None is known."
            columns={[
              {
                head: "When",
                as: "word",
                cell: ({ lastTimestamp }) => (lastTimestamp === undefined ? "" : <Ago at={lastTimestamp} />),
              },
              { head: "What", as: "word", cell: ({ reason = "" }) => reason },
              {
                head: "Said",
                cell: (event) => (
                  <>
                    {isSaidAbove(event, items ?? []) ? (
                      <span class="dim">as above</span>
                    ) : (
                      <Timed text={event.message ?? ""} />
                    )}
                    {(event.count ?? 1) > 1 && <span class="dim"> {event.count} times</span>}
                  </>
                ),
              },
            ]}
          />
        )}
      </Asked>
    </>
  );
}

/** An error is told once for each condition that it changed. */
function isSaidAbove(event: SetEvent, all: readonly SetEvent[]): boolean {
  const before = all[all.indexOf(event) - 1];
  return before !== undefined && before.reason === event.reason && before.message === event.message;
}

/** @param edit undefined: there is nothing left to edit */
export function ConfigView({
  shown,
  edit,
}: {
  shown: ShownSet;
  edit: Pick<MenuItem, "word" | "why" | "act"> | undefined;
}) {
  const text = manifestText(shown);
  return (
    <>
      <div class="row">
        <button type="button" onClick={() => void copy(text, "the manifest")}>
          Copy
        </button>
        {edit !== undefined && (
          <button
            type="button"
            aria-disabled={edit.why !== undefined}
            title={edit.why}
            onClick={() => edit.why === undefined && edit.act()}
          >
            {edit.word}
          </button>
        )}
      </div>
      <Scrolled as="manifest" label="Manifest">
        <pre>{text}</pre>
      </Scrolled>
      <AsCli words={["appset", "get", keyOfShown(shown), "-o", "yaml"]} />
    </>
  );
}

/** As it is written: without what the daemon and the server say of it. */
export function manifestOf({ applicationSet }: ShownSet): Record<string, unknown> {
  const { apiVersion, kind, metadata, spec } = applicationSet;
  const { namespace, name, labels, annotations, finalizers } = metadata;
  return {
    ...{ apiVersion, kind },
    metadata: {
      ...{ name, namespace },
      ...(labels === undefined ? {} : { labels }),
      ...(annotations === undefined ? {} : { annotations }),
      ...(finalizers === undefined ? {} : { finalizers }),
    },
    spec,
  };
}

function manifestText(shown: ShownSet): string {
  return yamlText(manifestOf(shown));
}
