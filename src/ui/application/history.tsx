/** What was deployed of an application, and the way back to it. */
import type { Application } from "../../core/model/application.ts";
import { State } from "../components/state.tsx";
import { Table } from "../components/table.tsx";
import { Ago } from "../components/time.tsx";
import { type DeploymentLine, deploymentsOf } from "../words/deployment-words.ts";
import { CompareDeployments } from "./compare-deployments.tsx";

export function History({
  app,
  denied,
  onRollBack,
}: {
  app: Application;
  /** Why nobody may go back, who looks here. */
  denied: string | undefined;
  onRollBack(to: DeploymentLine): void;
}) {
  const lines = deploymentsOf(app);
  const goes = app.metadata.deletionTimestamp !== undefined;
  if (lines.length === 0) return <p class="dim">Nothing was deployed yet.</p>;
  const goBack = (line: DeploymentLine) =>
    line.is === undefined && (
      <button
        type="button"
        aria-label={`Roll back to this: deployment ${line.id} of ${app.metadata.name}`}
        aria-disabled={denied !== undefined}
        title={denied}
        onClick={() => denied === undefined && onRollBack(line)}
      >
        Roll back to this
      </button>
    );
  return (
    <>
      <CompareDeployments app={app} lines={lines} />
      <Table
        items={lines}
        keyOf={({ id }) => id}
        none=""
        columns={[
          {
            head: "ID",
            as: "word",
            cell: ({ id, is }) => (
              <>
                {id} {is !== undefined && <State word={is === "held" ? "Held" : "Current"} as="bare" />}
              </>
            ),
          },
          {
            head: "Deployed",
            as: "word",
            cell: ({ at, took }) => (
              <>
                <Ago at={at} />
                <span class="why">{took === "" ? "succeeded" : `succeeded in ${took}`}</span>
              </>
            ),
          },
          {
            head: "Revision",
            cell: ({ revision, sources }) => (
              <>
                <span class="mono">{revision}</span>
                <span class="why">{sources}</span>
              </>
            ),
          },
          { head: "By", cell: ({ by }) => by },
          { head: "Cause", cell: ({ cause }) => cause },
          ...(goes ? [] : [{ head: "Go back", as: "act" as const, cell: goBack }]),
        ]}
      />
    </>
  );
}
