import { AsCli } from "../components/as-cli.tsx";
import { known } from "../store/applications.ts";
import { useWhyNot } from "../store/can.ts";
import { go, place, withQuery } from "../store/route.ts";
import {
  foundSets,
  generatorKinds,
  orderedSets,
  SET_ORDERS,
  type SetLine,
  type SetOrder,
} from "../words/set-list.ts";
import { type ShownSet, summaryOf } from "../words/set-words.ts";
import { NewSet } from "./edit-set.tsx";
import { FindLine } from "./find-line.tsx";
import { SetRows } from "./set-rows.tsx";
import { useFollowed } from "./use-sets.ts";

const PATH = "/api/holdfast/v1/applicationsets";

interface AllSets {
  items: ShownSet[];
  problems?: { severity: string; object?: string; file?: string; text: string; fix?: string }[];
}

export function SetsPage() {
  return place.value.query.get("new") === "yes" ? <NewSet /> : <Sets />;
}

function Sets() {
  const followed = useFollowed<AllSets>(PATH);
  const denied = useWhyNot("applicationsets", "create", "*/*");
  return (
    <>
      <div class="title">
        <h1 tabIndex={-1}>ApplicationSets</h1>
        <div class="actions">
          <button
            type="button"
            aria-disabled={denied !== undefined}
            title={denied}
            onClick={() => denied === undefined && go("/applicationsets?new=yes", "push")}
          >
            New ApplicationSet
          </button>
        </div>
      </div>
      {followed.is === "asking" && <p class="dim soon">Asking the daemon…</p>}
      {followed.is === "refused" && (
        <p class="refused" role="alert">
          {followed.why}
        </p>
      )}
      {followed.is === "absent" && <p class="dim">This daemon follows no ApplicationSets.</p>}
      {followed.is === "there" && <Listed all={followed.value} />}
      <AsCli words={["appset", "list"]} />
    </>
  );
}

function Listed({ all: { items, problems = [] } }: { all: AllSets }) {
  const query = place.value.query.get("q") ?? "";
  const asked = place.value.query.get("sort") as SetOrder | null;
  const order = asked !== null && SET_ORDERS.includes(asked) ? asked : "worst";
  const apps = known.value;
  const lines = items.map(
    (shown): SetLine => ({ shown, summary: summaryOf(shown, (key) => apps?.get(key)) }),
  );
  const kinds = [...new Set(items.flatMap(generatorKinds))].sort();
  const found = orderedSets(foundSets(lines, query), order);
  if (items.length === 0)
    return (
      <>
        <p>
          There is none that you may see. An ApplicationSet makes one application for each element of a list,
          each cluster, folder, pull request …
        </p>
        <p class="dim">
          Put one beside your applications, or make one here: it is shown first what it would make.
        </p>
        <Problems problems={problems} />
      </>
    );
  const attention = lines.filter(({ summary }) => summary.standing === "attention").length;
  return (
    <>
      <p class="attention">
        {attention === 0
          ? items.length === 1
            ? "It is as it should be."
            : `All ${items.length} are as they should be.`
          : `${attention} of ${items.length} ${attention === 1 ? "needs" : "need"} attention.`}
      </p>
      <Problems problems={problems} />
      <FindLine
        id="query"
        param="q"
        placeholder="name, is:attention, generator:git, health:degraded"
        told={found.length === items.length ? "" : `${found.length} of ${items.length}`}
        examples={["is:attention", ...kinds.map((kind) => `generator:${kind}`)]}
      />
      {found.length === 0 ? (
        <p>
          No ApplicationSet is like that.{" "}
          <button type="button" class="link" onClick={() => go(withQuery({ q: undefined }), "push")}>
            Show all
          </button>
        </p>
      ) : (
        <SetRows lines={found} order={order} />
      )}
    </>
  );
}

function Problems({ problems }: Pick<Required<AllSets>, "problems">) {
  if (problems.length === 0) return null;
  return (
    <ul class="said" aria-label="What could not be read">
      {problems.map(({ severity, object, file, text, fix }, at) => (
        <li key={`${at} ${text}`} class="words" data-tone={severity === "error" ? "bad" : "behind"}>
          {(object ?? file) !== undefined && <b>{object ?? file}: </b>}
          {text}
          {fix !== undefined && <span class="fix">. {fix}</span>}
        </li>
      ))}
    </ul>
  );
}
