/** Two deployments of an application beside each other: what Git gives at the commit of each. */
import type { Application } from "../../core/model/application.ts";
import { AsCli } from "../components/as-cli.tsx";
import { Asked, useAsked } from "../components/asked.tsx";
import { TextDiff } from "../components/text-diff.tsx";
import { ask } from "../store/daemon.ts";
import { go, place, withQuery } from "../store/route.ts";
import { keyOf } from "../words/app-words.ts";
import { compareManifests } from "../words/compare-manifests.ts";
import type { DeploymentLine } from "../words/deployment-words.ts";
import { argoPathOf } from "./paths.ts";

/** What `from` and `to` of the address mean: the newest and the one before it, where nobody chose. */
function pairOf(lines: readonly DeploymentLine[]): { from: DeploymentLine; to: DeploymentLine } | undefined {
  const { query } = place.value;
  const [newest, before] = lines;
  const to = chosen(lines, query.get("to")) ?? newest;
  const from = chosen(lines, query.get("from")) ?? before;
  return from === undefined || to === undefined || lines.length < 2 ? undefined : { from, to };
}

const isComparing = (): boolean => place.value.query.has("from") || place.value.query.has("to");

/** Opens the comparison; nothing where it is open, or there is nothing to compare. */
export function CompareTwo({ lines }: { lines: readonly DeploymentLine[] }) {
  const pair = pairOf(lines);
  if (pair === undefined || isComparing()) return null;
  return (
    <button
      type="button"
      class="at-end"
      onClick={() => go(withQuery({ from: String(pair.from.id), to: String(pair.to.id) }), "push")}
    >
      Compare two
    </button>
  );
}

/** Two of them, below each other's choices, while the address says so. */
export function CompareDeployments({ app, lines }: { app: Application; lines: readonly DeploymentLine[] }) {
  const pair = pairOf(lines);
  if (pair === undefined || !isComparing()) return null;
  const { from, to } = pair;
  return (
    <section class="compared" aria-labelledby="compared-title">
      <div class="row">
        <h2 id="compared-title" class="small">
          What changed
        </h2>
        <Choice label="from deployment" name="from" lines={lines} value={from.id} />
        <Choice label="to deployment" name="to" lines={lines} value={to.id} />
        <button type="button" onClick={() => go(withQuery({ from: undefined, to: undefined }), "push")}>
          Close
        </button>
      </div>
      <Compared key={`${from.id} ${to.id}`} app={app} from={from} to={to} />
    </section>
  );
}

function chosen(lines: readonly DeploymentLine[], id: string | null): DeploymentLine | undefined {
  return lines.find((line) => String(line.id) === id);
}

function Choice({
  label,
  name,
  lines,
  value,
}: {
  label: string;
  name: "from" | "to";
  lines: readonly DeploymentLine[];
  value: number;
}) {
  return (
    <label>
      {label}{" "}
      <select
        value={String(value)}
        onChange={(event) => go(withQuery({ [name]: event.currentTarget.value }), "replace")}
      >
        {lines.map(({ id, revision }) => (
          <option key={id} value={String(id)}>
            {id}: {revision}
          </option>
        ))}
      </select>
    </label>
  );
}

function Compared({ app, from, to }: { app: Application; from: DeploymentLine; to: DeploymentLine }) {
  const answer = useAsked(
    async (signal) => {
      const manifests = async ({ commits }: DeploymentLine): Promise<string[]> => {
        const at = new URLSearchParams(
          commits.length === 1
            ? { revision: commits[0] ?? "" }
            : [
                ...commits.map((commit) => ["revisions", commit]),
                ...commits.map((_, position) => ["sourcePositions", String(position + 1)]),
              ],
        );
        return (
          await ask<{ manifests: string[] }>("GET", `${argoPathOf(app, "manifests")}&${at}`, { signal })
        ).manifests;
      };
      const [before, after] = await Promise.all([manifests(from), manifests(to)]);
      return compareManifests(before, after);
    },
    [keyOf(app), from.id, to.id],
  );
  const [[then = ""], [since = ""]] = [from.commits, to.commits];
  return (
    <>
      <Asked answer={answer} waiting="Asking what Git gives at both">
        {(objects) =>
          objects.length === 0 ? (
            <p>Git gives the same at both.</p>
          ) : (
            <ul class="plan" aria-label="What changed">
              {objects.map(({ name, before, after }) => (
                <li key={name} data-change={after === undefined ? "prune" : undefined}>
                  <details open={objects.length <= 5}>
                    <summary>
                      <b>{before === undefined ? "new" : after === undefined ? "gone" : "changed"}</b>{" "}
                      <span class="mono">{name}</span>
                    </summary>
                    <TextDiff before={before} after={after} />
                  </details>
                </li>
              ))}
            </ul>
          )
        }
      </Asked>
      {from.sources !== to.sources && (
        <p class="dim">
          Its source was written otherwise then ({from.sources}): both commits are rendered as it is written
          now.
        </p>
      )}
      {from.commits.length === 1 && to.commits.length === 1 && (
        <AsCli words={["app", "diff", keyOf(app), "--revision", since, "--against", then]} />
      )}
    </>
  );
}
