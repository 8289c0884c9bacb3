/** What was deployed of an application, and the way back to it. */
import type { Application } from "../../core/model/application.ts";
import { State } from "../components/state.tsx";
import { Ago } from "../components/time.tsx";
import { keyOf } from "../words/app-words.ts";
import { type DeploymentLine, deploymentsOf } from "../words/deployment-words.ts";

export function History({ app, onRollBack }: { app: Application; onRollBack(to: DeploymentLine): void }) {
  const lines = deploymentsOf(app);
  const goes = app.metadata.deletionTimestamp !== undefined;
  if (lines.length === 0) return <p class="dim">Nothing was deployed yet.</p>;
  return (
    <>
      <div class="table history">
        <table>
          <thead>
            <tr>
              {["ID", "Deployed", "Revision", "By", "Cause", ...(goes ? [] : ["Go back"])].map((head) => (
                <th key={head} scope="col">
                  {head}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {lines.map((line) => (
              <tr key={line.id}>
                <td class="word">
                  {line.id}{" "}
                  {line.is !== undefined && (
                    <State word={line.is === "held" ? "Held" : "Current"} as="bare" />
                  )}
                </td>
                <td class="word">
                  <Ago at={line.at} />
                  <span class="why">{line.took === "" ? "succeeded" : `succeeded in ${line.took}`}</span>
                </td>
                <td>
                  <span class="mono">{line.revision}</span>
                  <span class="why">{line.sources}</span>
                </td>
                <td>{line.by}</td>
                <td>{line.cause}</td>
                {!goes && (
                  <td class="act">
                    {line.is === undefined && (
                      <button
                        type="button"
                        aria-label={`Roll back to this: deployment ${line.id} of ${app.metadata.name}`}
                        onClick={() => onRollBack(line)}
                      >
                        Roll back to this
                      </button>
                    )}
                  </td>
                )}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      <p class="dim">Syncs that failed too: holdfast runs --app {keyOf(app)}</p>
    </>
  );
}
