/** ApplicationSets: what each makes, how far its rollout is, and what keeps it. */
import type { ApplicationSet } from "../../core/model/application-set.ts";
import type { ApplicationSetStatus } from "../../core/model/application-set-status.ts";
import { pageAt } from "../application/paths.ts";
import { Asked, useAsked } from "../components/asked.tsx";
import { State } from "../components/state.tsx";
import { Table } from "../components/table.tsx";
import { Ago } from "../components/time.tsx";
import { known, now } from "../store/applications.ts";
import { ask } from "../store/daemon.ts";
import { hrefOf } from "../store/route.ts";
import { healthOf, syncOf } from "../words/app-words.ts";

/** As `/api/holdfast/v1/applicationsets` has it. */
interface ShownSet {
  applicationSet: ApplicationSet & { status?: ApplicationSetStatus };
  applications: string[];
  blocked?: string[];
  clash?: string;
}

export function SetsPage() {
  const answer = useAsked(
    (signal) => ask<{ items: ShownSet[] }>("GET", "/api/holdfast/v1/applicationsets", { signal }),
    [now.value],
  );
  return (
    <>
      <h1 tabIndex={-1}>ApplicationSets</h1>
      <Asked answer={answer} waiting="Asking the daemon">
        {({ items }) => (
          <Table
            items={items}
            keyOf={({ applicationSet: { metadata } }) => `${metadata.namespace}/${metadata.name}`}
            none="There is none that you may see. Put an ApplicationSet beside your applications."
            columns={[
              {
                head: "Set",
                cell: ({ applicationSet: { metadata } }) => (
                  <a href={hrefOf(`/applicationsets/${metadata.namespace}/${metadata.name}`)}>
                    <span class="dim">{metadata.namespace}/</span>
                    {metadata.name}
                  </a>
                ),
              },
              {
                head: "Generators",
                cell: ({ applicationSet: { spec } }) =>
                  spec.generators.map((generator) => Object.keys(generator)[0] ?? "").join(", "),
              },
              { head: "Applications", as: "word", cell: ({ applications }) => applications.length },
              { head: "Health", cell: ({ applicationSet }) => <Health set={applicationSet} /> },
              { head: "Why", cell: (shown) => whyOf(shown) },
            ]}
          />
        )}
      </Asked>
    </>
  );
}

export function SetPage({ namespace, name }: { namespace: string; name: string }) {
  const answer = useAsked(
    (signal) => ask<ShownSet>("GET", `/api/holdfast/v1/applicationsets/${namespace}/${name}`, { signal }),
    [namespace, name, now.value],
  );
  return (
    <>
      <h1 tabIndex={-1}>
        <span class="dim">{namespace}/</span>
        {name}
      </h1>
      <Asked answer={answer} waiting="Asking the daemon">
        {(shown) => <OneSet shown={shown} />}
      </Asked>
    </>
  );
}

function OneSet({ shown }: { shown: ShownSet }) {
  const { conditions = [], applicationStatus = [] } = shown.applicationSet.status ?? {};
  const steps = new Map(applicationStatus.map((one) => [one.application, one]));
  const why = whyOf(shown);
  return (
    <>
      <p class="facts">
        <Health set={shown.applicationSet} />
        <span>
          {shown.applications.length === 1 ? "1 application" : `${shown.applications.length} applications`}
        </span>
      </p>
      {why !== "" && (
        <p class="words" data-tone="bad">
          {why}
        </p>
      )}
      <h2>Applications</h2>
      <Table
        items={shown.applications}
        keyOf={(key) => key}
        none="It makes none."
        columns={[
          { head: "Application", cell: (key) => <a href={hrefOf(pageAt(key))}>{key}</a> },
          {
            head: "Sync",
            cell: (key) => {
              const app = known.value?.get(key);
              return app === undefined ? "" : <State word={syncOf(app)} as="bare" />;
            },
          },
          {
            head: "Health",
            cell: (key) => {
              const app = known.value?.get(key);
              return app === undefined ? "" : <State word={healthOf(app)} as="bare" />;
            },
          },
          {
            head: "Rollout",
            cell: (key) => {
              const step = steps.get(key.slice(key.indexOf("/") + 1));
              if (step === undefined) return "";
              return (
                <>
                  {step.step === "-1" ? "in no step" : `step ${step.step}`}: {step.status}
                  <span class="why">{step.message}</span>
                </>
              );
            },
          },
        ]}
      />
      <h2>Conditions</h2>
      <Table
        items={conditions}
        keyOf={({ type }) => type}
        none="Nothing is said of it yet."
        columns={[
          { head: "Condition", as: "word", cell: ({ type, status }) => `${type}: ${status}` },
          { head: "Why", cell: ({ reason, message }) => `${reason}: ${message}` },
          {
            head: "Since",
            as: "word",
            cell: ({ lastTransitionTime }) =>
              lastTransitionTime === undefined ? "" : <Ago at={lastTransitionTime} />,
          },
        ]}
      />
    </>
  );
}

function Health({ set: { status } }: { set: ShownSet["applicationSet"] }) {
  return status?.health === undefined ? null : <State word={status.health.status} as="bare" />;
}

/** What keeps it from being what it says; "" where nothing does. */
function whyOf({ applicationSet: { status }, blocked = [], clash }: ShownSet): string {
  if (clash !== undefined) return clash;
  if (blocked.length > 0)
    return `${blocked.length} of its applications would go, which waits for a person: holdfast appset approve`;
  const failed = (status?.conditions ?? []).find(
    (one) => one.type === "ErrorOccurred" && one.status === "True",
  );
  return failed?.message ?? "";
}
