/** One review for what is done to several applications: what comes of each, what is left out and why, then what the daemon answered. */
import { useMemo, useRef, useState } from "preact/hooks";
import type { ListedApplication } from "../../core/model/listed-application.ts";
import { pageOf } from "../application/paths.ts";
import { Dialog } from "../components/dialog.tsx";
import { known } from "../store/applications.ts";
import { hrefOf } from "../store/route.ts";
import { forEach } from "../store/several.ts";
import { keyOf } from "../words/app-words.ts";
import {
  CASCADES,
  type Cascade,
  countOf,
  DEED_WORDS,
  type Deed,
  labelOf,
  type Outcome,
  outcomeWords,
  sumOf,
  wordFor,
} from "../words/bulk-words.ts";
import { carryOut, cliOf, type Looked, useLooked } from "./bulk-work.ts";

/** Of more than these the names alone are drawn, and counted. */
const MOST_DRAWN = 200;

/** @param apps as they were chosen: what is chosen meanwhile is not meant */
export function BulkReview({
  deed,
  apps,
  onClose,
}: {
  deed: Deed;
  apps: readonly ListedApplication[];
  onClose(): void;
}) {
  const looked = useLooked(deed, apps);
  const [cascade, setCascade] = useState<Cascade>("foreground");
  const [typed, setTyped] = useState("");
  const [outcomes, setOutcomes] = useState<ReadonlyMap<string, Outcome>>();
  const [isOver, setOver] = useState(false);
  // What closes it asks how far it is, whenever it was drawn.
  const stage = useRef<"reviewed" | "done">("reviewed");
  const doing = useRef(new AbortController());
  const isWhole = looked.size === apps.length;
  const ready = apps.filter((app) => looked.get(keyOf(app))?.readiness.is === "ready");
  const left = apps.filter((app) => looked.get(keyOf(app))?.readiness.is === "left");
  const goings =
    deed === "delete" && cascade !== "stay" ? ready.map((app) => looked.get(keyOf(app))?.going) : [];
  const objects = goings.reduce((sum, going) => sum + (going?.objects ?? 0), 0);
  // What could not be looked at may have anything.
  const loses = goings.some((going) => going === undefined || going.loses.length > 0);
  const word = wordFor(ready.map(({ metadata }) => metadata.name));
  const work = async (): Promise<void> => {
    if (loses && typed !== word) throw new Error(`type ${word} to say that these may go`);
    const told = new Map<string, Outcome>(ready.map((app) => [keyOf(app), { is: "waiting" }]));
    const tell = (app: ListedApplication, outcome: Outcome): void => {
      told.set(keyOf(app), outcome);
      setOutcomes(new Map(told));
    };
    stage.current = "done";
    setOutcomes(new Map(told));
    await forEach(
      ready,
      (app) =>
        carryOut(deed, app, cascade).then(
          (says) => tell(app, { is: "asked", ...(says === undefined ? {} : { says }) }),
          (cause: unknown) =>
            tell(app, { is: "refused", why: cause instanceof Error ? cause.message : String(cause) }),
        ),
      doing.current.signal,
    );
    for (const app of ready) if (told.get(keyOf(app))?.is === "waiting") tell(app, { is: "stopped" });
    setOver(true);
  };
  if (isOver && outcomes !== undefined)
    return <Results key="results" deed={deed} apps={ready} outcomes={outcomes} onClose={onClose} />;
  const done = [...(outcomes?.values() ?? [])].filter(({ is }) => is !== "waiting").length;
  return (
    <Dialog
      title={`${DEED_WORDS[deed]} ${countOf(apps.length)}`}
      // Closed while it works, no further one is asked for, and what was done is said.
      onClose={() => (stage.current === "reviewed" ? onClose() : doing.current.abort())}
      offer={
        !isWhole || ready.length === 0
          ? undefined
          : {
              label: labelOf(deed, ready.length, objects),
              ...(deed === "delete" ? { tone: "danger" as const } : {}),
              work,
            }
      }
      cli={cliOf(deed, ready.length > 0 ? ready : apps, cascade)}
    >
      {deed === "delete" && (
        <fieldset>
          <legend>What becomes of what they made</legend>
          {CASCADES.map(({ is, words }) => (
            <p key={is}>
              <label>
                <input type="radio" name="cascade" checked={cascade === is} onChange={() => setCascade(is)} />
                {words}
              </label>
            </p>
          ))}
        </fieldset>
      )}
      <p class="sum" role="status">
        {outcomes !== undefined
          ? `${done} of ${ready.length} asked for`
          : isWhole
            ? sumOf(deed, ready.length, left.length, objects)
            : `Looking at what comes of it: ${looked.size} of ${apps.length}`}
      </p>
      <ul class="plan bulk-plan" aria-label="What comes of each">
        {ready.slice(0, MOST_DRAWN).map((app) => (
          <li key={keyOf(app)}>
            <Planned deed={deed} app={app} cascade={cascade} looked={looked.get(keyOf(app))} />
          </li>
        ))}
        {ready.length > MOST_DRAWN && <li class="dim">and {ready.length - MOST_DRAWN} more</li>}
      </ul>
      {left.length > 0 && (
        <>
          <h3>Left as {left.length === 1 ? "it is" : "they are"}</h3>
          <ul class="plan bulk-plan" aria-label="What is left as it is">
            {left.slice(0, MOST_DRAWN).map((app) => {
              const state = looked.get(keyOf(app))?.readiness;
              return (
                <li key={keyOf(app)}>
                  <div class="object">
                    <span class="mono">{keyOf(app)}</span>{" "}
                    <span class="dim">{state?.is === "left" && state.why}</span>
                  </div>
                </li>
              );
            })}
            {left.length > MOST_DRAWN && <li class="dim">and {left.length - MOST_DRAWN} more</li>}
          </ul>
        </>
      )}
      {deed === "sync" && ready.length > 0 && (
        <p class="dim">
          Nothing that Git does not have is deleted, but where an application's policy prunes.
        </p>
      )}
      {deed === "delete" && cascade !== "stay" && objects > 0 && (
        <p class="dim">What a manifest says is to stay (Delete=false) stays. Git keeps its files.</p>
      )}
      {loses && isWhole && ready.length > 0 && (
        <p>
          <label>
            What is deleted takes data with it. Type <b>{word}</b> to go on
            <input
              type="text"
              autocomplete="off"
              spellcheck={false}
              value={typed}
              onInput={(event) => setTyped(event.currentTarget.value)}
            />
          </label>
        </p>
      )}
    </Dialog>
  );
}

function Planned({
  deed,
  app,
  cascade,
  looked,
}: {
  deed: Deed;
  app: ListedApplication;
  cascade: Cascade;
  looked: Looked | undefined;
}) {
  if (looked?.readiness.is !== "ready") return null;
  const { says, warns } = looked.readiness;
  const { going } = looked;
  const goes = deed === "delete" && cascade !== "stay";
  return (
    <div class="object">
      <span class="mono">{keyOf(app)}</span>{" "}
      {!goes ? (
        deed === "delete" ? (
          <span class="dim">is let go of; its objects stay</span>
        ) : (
          says
        )
      ) : going === undefined ? (
        "with whatever it has: that could not be looked at"
      ) : going.objects === 0 ? (
        <span class="dim">has no objects</span>
      ) : (
        going.kinds
      )}
      {goes && going !== undefined && going.loses.length > 0 && (
        <div class="loses">
          with its data: {going.loses.slice(0, 5).join(", ")}
          {going.loses.length > 5 && ` and ${going.loses.length - 5} more`}
        </div>
      )}
      {warns !== undefined && <div class="dim">{warns}</div>}
    </div>
  );
}

/** What the daemon answered of each, and what became of it since, for as long as it is open. */
function Results({
  deed,
  apps,
  outcomes,
  onClose,
}: {
  deed: Deed;
  apps: readonly ListedApplication[];
  outcomes: ReadonlyMap<string, Outcome>;
  onClose(): void;
}) {
  const rank = (app: ListedApplication): number =>
    ["refused", "stopped"].indexOf(outcomes.get(keyOf(app))?.is ?? "") < 0 ? 1 : 0;
  // What was refused stands first.
  const inOrder = useMemo(() => [...apps].sort((a, b) => rank(a) - rank(b)), [apps, outcomes]);
  const bad = apps.filter((app) => rank(app) === 0).length;
  return (
    <Dialog
      title={
        bad === 0
          ? `${DEED_WORDS[deed]} ${countOf(apps.length)}: asked for`
          : `${DEED_WORDS[deed]} ${countOf(apps.length)}: ${bad} not done`
      }
      onClose={onClose}
    >
      <ul class="plan bulk-plan" aria-label="What was done">
        {inOrder.slice(0, MOST_DRAWN).map((app) => {
          const key = keyOf(app);
          const { text, tone } = outcomeWords(
            deed,
            outcomes.get(key) ?? { is: "stopped" },
            app,
            known.value?.get(key),
          );
          return (
            <li key={key}>
              <div class="object">
                {known.value?.has(key) === true ? (
                  <a class="mono" href={hrefOf(pageOf(app))}>
                    {key}
                  </a>
                ) : (
                  <span class="mono">{key}</span>
                )}{" "}
                <span data-tone={tone}>{text}</span>
              </div>
            </li>
          );
        })}
        {inOrder.length > MOST_DRAWN && <li class="dim">and {inOrder.length - MOST_DRAWN} more</li>}
      </ul>
    </Dialog>
  );
}
