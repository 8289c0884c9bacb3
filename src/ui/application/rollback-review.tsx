/** The way back to a deployment: what would change first, then how: by a commit in Git, or live and held there. */
import { useState } from "preact/hooks";
import { type Application, isAutomated } from "../../core/model/application.ts";
import { faredWords, passedOverWords, wayBack } from "../../core/model/fared.ts";
import type { PushedCommit, RevertPlan } from "../../core/model/revert-plan.ts";
import { Asked } from "../components/asked.tsx";
import { Dialog } from "../components/dialog.tsx";
import { note } from "../components/notes.tsx";
import {
  type PlannedObject,
  PlannedObjects,
  type RefusedObject,
  RefusedObjects,
  STAYS,
} from "../components/planned.tsx";
import { Ago } from "../components/time.tsx";
import { Typed } from "../components/typed.tsx";
import { now } from "../store/applications.ts";
import { asking } from "../store/awaited.ts";
import { ask } from "../store/daemon.ts";
import type { Denied } from "../store/rights.ts";
import { keyOf, shortOf } from "../words/app-words.ts";
import {
  choiceWords,
  type DeploymentLine,
  deploymentsOf,
  faredHistory,
  planWords,
  withCommits,
} from "../words/deployment-words.ts";
import type { DiffFile } from "../words/diff-rows.ts";
import { LOSES } from "../words/losing.ts";
import { Author, Subject } from "./commit-words.tsx";
import { linesOf } from "./diff-part.ts";
import { argoPathOf, ourPathOf } from "./paths.ts";
import { type Back, GitBack, LiveBack } from "./rollback-ways.tsx";
import { useDeployments } from "./use-deployments.ts";
import { useOfDeployment } from "./use-of-deployment.ts";

interface Plan {
  items: PlannedObject[];
  files: DiffFile[];
  refusals: RefusedObject[];
  /** `held`: it is synced automatically, and is kept there. */
  then: "held" | "left";
  /** Whether its sources are written otherwise today. */
  sources: "as-written" | "of-that-time";
  /** What it takes from elsewhere as it is now, in words. */
  asNow: { text: string }[];
}

export function RollbackReview({
  app,
  to,
  denied,
  onUnhold,
  onClose,
}: {
  app: Application;
  /** Undefined: the last that went well, once that is known. */
  to: Pick<DeploymentLine, "id"> | undefined;
  denied: Denied;
  /** It is held, and that is lifted in place of going back further. */
  onUnhold(): void;
  onClose(): void;
}) {
  const { name } = app.metadata;
  const deployments = useDeployments(app);
  const [picked, setId] = useState(to?.id);
  const items = deployments.is === "answered" ? deployments.value.items : [];
  // Where the answer does not come, nobody knows how they fared.
  const back = deployments.is === "asking" ? undefined : wayBack(faredHistory(app, items), app.status?.hold);
  const id = picked ?? (back?.is === "to" ? back.deployment.id : undefined);
  const passedOver =
    picked === undefined && id !== undefined ? passedOverWords(faredHistory(app, items), id) : "";
  const [asked, setAsked] = useState<Back["by"]>();
  const [prune, setPrune] = useState(false);
  const [until, setUntil] = useState<"lifted" | "next-commit">("lifted");
  const [branch, setBranch] = useState<string>();
  const [shared, setShared] = useState<"refuse" | "too">("refuse");
  const [reason, setReason] = useState("");
  const [typed, setTyped] = useState("");
  const plan = useOfDeployment<Plan>(app, id, "diff");
  const revert = useOfDeployment<RevertPlan>(app, id, "revert");
  const lines = withCommits(deploymentsOf(app), items);
  const chosen = lines.find((line) => line.id === id);
  const notByGit = denied.rollback ?? (revert.is === "refused" ? revert.why : undefined);
  const notLive = denied.sync ?? (plan.is === "refused" ? plan.why : undefined);
  // What is chosen for whoever chose nothing is known before anything can be pressed, and changes no more.
  const by = asked ?? (notByGit === undefined ? "git" : "live");
  const isKnown = plan.is !== "asking" && revert.is !== "asking";
  const refused = plan.is === "answered" ? plan.value.refusals : [];
  const goes =
    plan.is === "answered" && prune ? plan.value.items.filter(({ change }) => change === "prune") : [];
  const loses =
    by === "live" &&
    goes.some(
      ({ kind, namespace, name }) =>
        LOSES.has(kind) &&
        !refused.some((one) => one.kind === kind && one.name === name && one.namespace === namespace),
    );
  const why = reason.trim() === "" ? {} : { reason: reason.trim() };
  const live = {
    label: `Roll back to deployment ${id}`,
    async work() {
      if (loses && typed !== name) throw new Error(`Type ${name} to say that these may go.`);
      await asking(app, `Rollback to ${id}`, () =>
        ask("POST", argoPathOf(app, "rollback"), {
          body: { ...{ id, project: app.spec.project, prune, until }, ...why },
        }),
      );
    },
  };
  const git = {
    label: branch === undefined ? "Commit and push" : "Push the branch",
    async work() {
      if (revert.is !== "answered") return;
      const { sharedWith, tip } = revert.value;
      if (sharedWith.length > 0 && shared === "refuse")
        throw new Error("Say that what others read goes back too, or roll back live.");
      if (branch?.trim() === "") throw new Error("Name the new branch.");
      const pushed = await ask<PushedCommit>("POST", ourPathOf(app, "revert"), {
        body: {
          ...{ id, tip, shared: shared === "too", ...why },
          ...(branch === undefined ? {} : { branch: branch.trim() }),
        },
      });
      const next =
        branch === undefined ? "It is delivered as every commit is." : "Merge it, and it is delivered.";
      note(
        "good",
        `${name}: pushed ${shortOf(pushed.commit)} to ${pushed.branch} of ${pushed.repository}. ${next}`,
      );
    },
  };
  const isPossible = (by === "git" ? notByGit : notLive) === undefined;
  return (
    <Dialog
      title={`Roll ${name} back`}
      offer={id !== undefined && isKnown && isPossible ? (by === "git" ? git : live) : undefined}
      onClose={onClose}
      cli={[
        ...["app", "rollback", keyOf(app), ...(id === undefined ? [] : [String(id)])],
        ...(by === "git"
          ? [
              "--git",
              ...(branch === undefined ? [] : ["--branch", branch]),
              ...(shared === "too" ? ["--shared"] : []),
            ]
          : [...(prune ? ["--prune"] : []), ...(until === "next-commit" ? ["--until", until] : [])]),
        ...(reason.trim() === "" ? [] : ["--reason", reason.trim()]),
      ]}
    >
      {app.status?.hold !== undefined && (
        <p class="words" data-tone="behind">
          It is held already, by a rollback to deployment {app.status.hold.deployment}.{" "}
          <button type="button" class="link" onClick={onUnhold}>
            Lift the hold…
          </button>
        </p>
      )}
      <p>
        <label>
          To deployment{" "}
          <select
            id="rollback-to"
            value={id === undefined ? "" : String(id)}
            onChange={(event) => {
              setId(Number(event.currentTarget.value));
              // What was chosen for one may not be there for another.
              setAsked(undefined);
              setTyped("");
            }}
          >
            {id === undefined && (
              <option value="" disabled>
                Choose one
              </option>
            )}
            {lines
              .filter((line) => line.is === undefined || line.id === id)
              .map((line) => (
                <option key={line.id} value={String(line.id)}>
                  {choiceWords(line, now.value)}
                </option>
              ))}
          </select>
        </label>
      </p>
      {chosen !== undefined && <Chosen line={chosen} />}
      {passedOver !== "" && <p class="dim">{passedOver}.</p>}
      {id === undefined && back?.is === "none" && (
        <p>
          {back.why === "only-degraded"
            ? "None of those before is known to have gone well, so none is chosen for you."
            : "Those before are the same as what is deployed now, so none is chosen for you."}
        </p>
      )}
      {chosen?.fared !== undefined && chosen.fared.is !== "healthy" && (
        <p class="words" data-tone="bad">
          <b>It did not go well</b> {faredWords(chosen.fared)}
        </p>
      )}
      {id !== undefined && (
        <Asked answer={plan} waiting="Asking the daemon what that would change">
          {({ items, files, sources, asNow, then }) => (
            <>
              <p id="rollback-sum" class="sum">
                {name} to {chosen?.revision ?? `deployment ${id}`}:{" "}
                {planWords(items, by === "live" && prune ? "deleted" : "kept")}.
              </p>
              {isKnown && isPossible && <p>{comesWords(by, then, until)}</p>}
              {sources === "of-that-time" && (
                <p>
                  Its source was written otherwise then: it is taken as it was, and the spec is not edited.
                </p>
              )}
              {asNow.length > 0 && (
                <p>
                  It takes this as it is now, because nobody wrote down what it was then:{" "}
                  {asNow.map(({ text }) => text).join(", ")}
                </p>
              )}
              <PlannedObjects
                items={items}
                prunes={by === "live" && prune ? "delete" : STAYS}
                lines={linesOf(app, files)}
              />
              {by === "live" && prune && <RefusedObjects items={refused} />}
            </>
          )}
        </Asked>
      )}
      {id !== undefined && isKnown && (
        <>
          <fieldset class="ways">
            <legend>How</legend>
            <GitBack
              isChosen={by === "git"}
              onChoose={() => setAsked("git")}
              not={notByGit}
              plan={revert.is === "answered" ? revert.value : undefined}
              then={isAutomated(app.spec) ? "automated" : "by-hand"}
              {...{ branch, setBranch, shared, setShared }}
              proposal={`rollback/${name}-${id}`}
            />
            <LiveBack
              isChosen={by === "live"}
              onChoose={() => setAsked("live")}
              not={notLive}
              extras={
                plan.is === "answered"
                  ? plan.value.items.filter(({ change }) => change === "prune").length
                  : 0
              }
              then={plan.is === "answered" ? plan.value.then : "left"}
              {...{ prune, setPrune, until, setUntil }}
            />
          </fieldset>
          {loses && (
            <Typed name={name} typed={typed} onType={setTyped}>
              What is deleted takes data with it.
            </Typed>
          )}
          <p>
            <label>
              Reason, for the history
              <input
                type="text"
                autocomplete="off"
                maxLength={500}
                value={reason}
                onInput={(event) => setReason(event.currentTarget.value)}
              />
            </label>
          </p>
        </>
      )}
    </Dialog>
  );
}

/** All that the choice has no room for. */
function Chosen({ line }: { line: DeploymentLine }) {
  const commits = line.about?.flatMap((one) => (one.is === "commit" ? [one] : [])) ?? [];
  return (
    <p class="dim">
      {commits.map((commit, at) => (
        <span key={line.commits[at] ?? at}>
          <Subject text={commit.subject} />, <Author of={commit} />;{" "}
        </span>
      ))}
      deployed <Ago at={line.at} />
      {line.by !== "" && ` by ${line.by}`}
    </p>
  );
}

/** What comes of it, beside what would change: the choice itself stands below all of that. */
function comesWords(by: Back["by"], then: Plan["then"], until: "lifted" | "next-commit"): string {
  if (by === "git") return "By a commit in Git.";
  if (then === "left") return "Live, whatever Git says.";
  return until === "lifted"
    ? "Live, and held there until somebody lifts the hold."
    : "Live, and held there until the next commit that changes it.";
}
