/** What a sync of just the chosen options would do, and then the sync. */
import { useRef, useState } from "preact/hooks";
import { type Application, sourcesOf } from "../../core/model/application.ts";
import type { ListedApplication } from "../../core/model/listed-application.ts";
import { cannotBeCompared } from "../../core/model/reason-words.ts";
import { type Answer, Asked, useAsked } from "../components/asked.tsx";
import { Dialog } from "../components/dialog.tsx";
import { CLOSED, Fold, FoldAll, type Folds } from "../components/fold.tsx";
import {
  beginningOf,
  foldingIn,
  PlannedList,
  type PlannedObject,
  type RefusedObject,
  RefusedObjects,
  STAYS,
} from "../components/planned.tsx";
import { Typed } from "../components/typed.tsx";
import { asking } from "../store/awaited.ts";
import { ask, askPlan } from "../store/daemon.ts";
import { hrefOf } from "../store/route.ts";
import { useWhole } from "../store/whole.ts";
import { isRunning, keyOf, revisionOf, shortOf } from "../words/app-words.ts";
import { whyNoSync } from "../words/application-actions.ts";
import { objectName, planWords } from "../words/deployment-words.ts";
import type { DiffFile } from "../words/diff-rows.ts";
import { LOSES } from "../words/losing.ts";
import { inWaves } from "../words/planned-lines.ts";
import { idOfResource } from "../words/resource-ids.ts";
import {
  AS_WRITTEN,
  bodyOf,
  chosenRevisions,
  flagsOf,
  plannedOf,
  reviewedOf,
  type SyncChoice,
  wrongOf,
} from "../words/sync-choice.ts";
import { linesOf } from "./diff-part.ts";
import { argoPathOf, ourPathOf, pageOf } from "./paths.ts";
import { PlannedHooks } from "./planned-hooks.tsx";
import { RolledBack } from "./rolled-back.tsx";
import { SyncOptions } from "./sync-options.tsx";

interface Step {
  group: string;
  kind: string;
  namespace: string;
  name: string;
  does: string;
  phase: string;
}
interface Plan {
  revisions: string[];
  items: (PlannedObject & { group: string })[];
  files: DiffFile[];
  steps: Step[];
  refusals: RefusedObject[];
  candidates: number;
}

/** @param start `approve`: opened for what waits for a person's approval */
export function SyncReview({
  app,
  start = "look",
  onClose,
}: {
  app: ListedApplication;
  start?: "look" | "approve";
  onClose(): void;
}) {
  const whole = useWhole(keyOf(app));
  if (whole.is === "there") return <Review app={whole.app} start={start} onClose={onClose} />;
  return (
    <Dialog title={`Sync ${app.metadata.name}`} onClose={onClose}>
      <p class={whole.is === "refused" ? "refused" : "dim"}>
        {whole.is === "refused" ? whole.why : whole.is === "gone" ? "It is gone." : "Asking the daemon…"}
      </p>
    </Dialog>
  );
}

const UNUSABLE =
  "What Git has now cannot be used, as it says above, so that a sync would end at once. Correct it, or choose another revision.";

function Review({ app, start, onClose }: { app: Application; start: "look" | "approve"; onClose(): void }) {
  const { name } = app.metadata;
  const [choice, setChoice] = useState<SyncChoice>({
    ...AS_WRITTEN,
    prune: start === "approve" ? "delete" : "keep",
  });
  const [typed, setTyped] = useState("");
  // What was shown is of this; where the application is another one by now, it is asked anew before anything is done.
  const [reviewed, setReviewed] = useState(() => reviewedOf(app));
  const isStale = reviewedOf(app) !== reviewed;
  const request = bodyOf(app, plannedOf(choice));
  const plan = usePlan(app, request, reviewed);
  // What one may choose from stays while what was chosen is asked for.
  const last = useRef<Plan | undefined>(undefined);
  if (plan.is === "answered") last.current = plan.value;
  const known = plan.is === "answered" ? plan.value : undefined;
  const goes = known?.steps.filter(({ does }) => does === "prune") ?? [];
  const loses =
    choice.mode === "sync" && (goes.some(({ kind }) => LOSES.has(kind)) || choice.confirm !== undefined);
  const none = choice.only?.length === 0;
  const wrong = wrongOf(choice);
  const named = chosenRevisions(choice);
  // Of what Git has now nothing can be made: what is known is of a commit before, and is not what would be synced.
  const cannot = plan.is === "refused" && named === "" && cannotBeCompared(app);
  const whyNot = whyNoSync(app, named === "" ? "what Git has" : "a named revision");
  const offer = {
    label:
      choice.mode === "dry-run" ? "Rehearse" : goes.length > 0 ? `Sync and delete ${goes.length}` : "Sync",
    ...(loses ? { tone: "danger" as const } : {}),
    why: cannot ? UNUSABLE : whyNot,
    async work() {
      if (wrong !== undefined) throw new Error(wrong);
      if (loses && typed !== name) throw new Error(`Type ${name} to say that these may go.`);
      await asking(app, choice.mode === "dry-run" ? "Dry run" : "Sync", () =>
        ask("POST", argoPathOf(app, "sync"), { body: bodyOf(app, choice, known?.revisions) }),
      );
    },
  };
  const flags = flagsOf(choice, sourcesOf(app.spec).length);
  const extras = (last.current?.items ?? []).filter(({ change }) => change === "prune").length;
  return (
    <Dialog
      title={cannot ? `Sync ${name}` : `Sync ${name} to ${named || revisionOf(app)}`}
      onClose={onClose}
      {...(flags === undefined ? {} : { cli: ["app", "sync", keyOf(app), ...flags] })}
      // Without a plan it may be synced all the same, unless what Git has is what stands in the way.
      offer={plan.is === "asking" || isStale || none ? undefined : offer}
    >
      {whyNot !== undefined && (
        <p class="words" data-tone="moving">
          {whyNot}. {isRunning(app) && <a href={hrefOf(`${pageOf(app)}?view=run`)}>View the run</a>}
        </p>
      )}
      <RolledBack app={app} />
      {isStale && (
        <div class="words" data-tone="behind" role="alert">
          <b>{name} changed while this was open.</b> What stands here is of before.{" "}
          <button type="button" class="link" onClick={() => setReviewed(reviewedOf(app))}>
            Show what it would do now
          </button>
        </div>
      )}
      <Asked answer={plan} waiting="Asking the daemon what that would change">
        {(found) => <WouldDo plan={found} app={app} choice={choice} />}
      </Asked>
      {extras > 0 && (
        <p>
          <label>
            <input
              type="checkbox"
              checked={choice.prune === "delete"}
              onChange={(event) =>
                setChoice({
                  ...choice,
                  prune: event.currentTarget.checked ? "delete" : "keep",
                  confirm: undefined,
                })
              }
            />
            {extras === 1
              ? "Delete the object that Git does not have"
              : `Delete the ${extras} objects that Git does not have`}
          </label>
        </p>
      )}
      {choice.prune === "delete" && (last.current?.candidates ?? 0) > 0 && (
        <Approval plan={last.current} choice={choice} onChoose={setChoice} />
      )}
      <SyncOptions
        app={app}
        choice={choice}
        objects={(last.current?.items ?? []).map((item) => ({
          id: idOfResource(item),
          name: objectName(item),
        }))}
        onChoose={setChoice}
      />
      <p class="reason">
        <label>
          Reason, for the history
          <input
            type="text"
            autocomplete="off"
            maxLength={500}
            value={choice.reason}
            onInput={(event) => setChoice({ ...choice, reason: event.currentTarget.value })}
          />
        </label>
      </p>
      {none && <p class="refused">Choose at least one object, or all.</p>}
      {loses && (
        <Typed name={name} typed={typed} onType={setTyped}>
          What is deleted takes data with it.
        </Typed>
      )}
    </Dialog>
  );
}

/** The plan of just this request: what came for another one is not shown for a moment. */
function usePlan(app: Application, request: Record<string, unknown>, reviewed: string): Answer<Plan> {
  const key = JSON.stringify([request, reviewed]);
  const answer = useAsked(
    async (signal): Promise<{ key: string; plan: Answer<Plan> }> => {
      try {
        const plan = await askPlan<Plan>("POST", ourPathOf(app, "sync/plan"), { signal, body: request });
        return { key, plan };
      } catch (cause) {
        return { key, plan: { is: "refused", why: cause instanceof Error ? cause.message : String(cause) } };
      }
    },
    [keyOf(app), key],
  );
  return answer.is === "answered" && answer.value.key === key ? answer.value.plan : { is: "asking" };
}

/** Of what a guard keeps until a person approved of it: approved by its number, so that more is refused. */
function Approval({
  plan,
  choice,
  onChoose,
}: {
  plan: Plan | undefined;
  choice: SyncChoice;
  onChoose(choice: SyncChoice): void;
}) {
  const goes = plan?.steps.filter(({ does }) => does === "prune").length ?? 0;
  const candidates = plan?.candidates ?? 0;
  if (choice.confirm === undefined && goes >= candidates) return null;
  return (
    <p>
      <label>
        <input
          type="checkbox"
          checked={choice.confirm !== undefined}
          onChange={(event) =>
            onChoose({ ...choice, confirm: event.currentTarget.checked ? candidates : undefined })
          }
        />
        Approve of deleting {candidates === 1 ? "that object" : `all ${candidates}`}, which a guard keeps
        until then
      </label>
    </p>
  );
}

function WouldDo({ plan, app, choice }: { plan: Plan; app: Application; choice: SyncChoice }) {
  const [asked, setAsked] = useState<Folds>();
  const steps = new Map(plan.steps.map((step) => [idOfResource(step), step]));
  const ids = new Set(plan.items.map(idOfResource));
  const done = plan.items.filter((item) => steps.has(idOfResource(item)) || item.change === "unknown");
  const stays = plan.items.filter((item) => item.change === "prune" && !steps.has(idOfResource(item)));
  const out = plan.items.filter((item) => item.change !== "prune" && !done.includes(item));
  const made = plan.steps.filter(({ does }) => does === "create-namespace");
  const again = plan.steps.filter(
    (step) => step.does !== "hook" && step.does !== "create-namespace" && !ids.has(idOfResource(step)),
  );
  const hooks = plan.steps.filter(({ does }) => does === "hook");
  const replaced = plan.steps.filter(({ does }) => does.startsWith("replace") || does.endsWith("recreate"));
  const same = (app.status?.resources ?? []).filter(({ status }) => status === "Synced").length;
  const lines = linesOf(app, plan.files);
  const sum =
    choice.prune === "delete" ? planWords([...done], "deleted") : planWords([...done, ...stays], "kept");
  const more = [
    ...(same > 0 && done.length + stays.length > 0 ? [`${same} unchanged`] : []),
    ...(out.length > 0 ? [`${out.length} left out`] : []),
  ];
  const named = [
    { lead: "Left as they are", objects: out },
    { lead: "Created where it is missing", objects: made },
    { lead: "Applied again, though nothing differs", objects: again },
    {
      lead: replaced.some(({ does }) => does.startsWith("replace"))
        ? "Written whole: what others set in them is lost"
        : "Deleted and made again where the server refuses the change",
      objects: replaced,
    },
  ].filter(({ objects }) => objects.length > 0);
  const changes = asked ?? beginningOf(done, lines);
  // What is left alone, and what has names alone, is no change: unfolded by whoever asks for it.
  const others = asked ?? CLOSED;
  const folding = { changes: foldingIn(done, lines), others: foldingIn(stays, lines) + named.length };
  const areAllOpen =
    (folding.changes === 0 || changes.are === "open") && (folding.others === 0 || others.are === "open");
  return (
    <>
      <p class="sum">{capital([sum, ...more].join(", "))}.</p>
      {chosenRevisions(choice) !== "" && (
        <p class="dim">
          {sourcesOf(app.spec).length === 1
            ? `${chosenRevisions(choice)} is ${plan.revisions.map(shortOf).join(", ")}.`
            : `Its sources are synced at ${plan.revisions.map(shortOf).join(", ")}.`}
        </p>
      )}
      <PlannedHooks app={app} hooks={hooks} />
      {folding.changes + folding.others > 1 && (
        <FoldAll all={areAllOpen ? "open" : "closed"} onAsk={setAsked} />
      )}
      <PlannedList
        items={inWaves(done, app.status?.resources ?? [])}
        prunes="will be deleted"
        lines={lines}
        state={changes}
      />
      <div class="stays">
        <PlannedList items={stays} prunes={STAYS} lines={lines} state={others} />
      </div>
      {named.map(({ lead, objects }) => (
        <Names key={lead} lead={lead} objects={objects} state={others} />
      ))}
      <RefusedObjects items={plan.refusals} />
    </>
  );
}

const MOST_NAMES = 100;

function Names({
  lead,
  objects,
  state,
}: {
  lead: string;
  objects: readonly Omit<Step, "does" | "phase">[];
  state: Folds;
}) {
  return (
    <Fold state={state} head={`${lead} · ${objects.length === 1 ? "1 object" : `${objects.length} objects`}`}>
      {() => (
        <ul class="paths">
          {objects.slice(0, MOST_NAMES).map((object) => (
            <li key={idOfResource(object)} class="mono">
              {objectName(object)}
            </li>
          ))}
          {objects.length > MOST_NAMES && <li>and {objects.length - MOST_NAMES} more</li>}
        </ul>
      )}
    </Fold>
  );
}

function capital(text: string): string {
  return text.slice(0, 1).toUpperCase() + text.slice(1);
}
