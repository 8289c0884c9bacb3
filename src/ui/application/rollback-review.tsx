/** The way back to a deployment: by a commit in Git, or live and held there. What each would do is shown, then one is done. */
import { useState } from "preact/hooks";
import { type Application, isAutomated } from "../../core/model/application.ts";
import type { PushedCommit, RevertPlan } from "../../core/model/revert-plan.ts";
import { ago } from "../../lib/ago.ts";
import { Asked, useAsked } from "../components/asked.tsx";
import { Dialog } from "../components/dialog.tsx";
import { note } from "../components/notes.tsx";
import {
  type PlannedObject,
  PlannedObjects,
  type RefusedObject,
  RefusedObjects,
  STAYS,
} from "../components/planned.tsx";
import { Typed } from "../components/typed.tsx";
import { now } from "../store/applications.ts";
import { asking } from "../store/awaited.ts";
import { ask } from "../store/daemon.ts";
import type { Denied } from "../store/rights.ts";
import { keyOf, shortOf } from "../words/app-words.ts";
import { type DeploymentLine, deploymentsOf, planWords } from "../words/deployment-words.ts";
import type { DiffFile } from "../words/diff-rows.ts";
import { LOSES } from "../words/losing.ts";
import { linesOf } from "./diff-part.ts";
import { argoPathOf, ourPathOf } from "./paths.ts";
import { type Back, GitBack, LiveBack } from "./rollback-ways.tsx";

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
  onClose,
}: {
  app: Application;
  to: Pick<DeploymentLine, "id">;
  denied: Denied;
  onClose(): void;
}) {
  const { name } = app.metadata;
  const [id, setId] = useState(to.id);
  const [asked, setAsked] = useState<Back["by"]>();
  const [prune, setPrune] = useState(false);
  const [until, setUntil] = useState<"lifted" | "next-commit">("lifted");
  const [branch, setBranch] = useState<string>();
  const [shared, setShared] = useState<"refuse" | "too">("refuse");
  const [reason, setReason] = useState("");
  const [typed, setTyped] = useState("");
  const plan = useAsked(
    (signal) => ask<Plan>("GET", ourPathOf(app, `history/${id}/diff`), { signal }),
    [keyOf(app), id],
  );
  const revert = useAsked(
    (signal) => ask<RevertPlan>("GET", ourPathOf(app, `history/${id}/revert`), { signal }),
    [keyOf(app), id],
  );
  const lines = deploymentsOf(app);
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
    label: `Roll back to ${id}`,
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
      offer={isKnown && isPossible ? (by === "git" ? git : live) : undefined}
      onClose={onClose}
      cli={[
        ...["app", "rollback", keyOf(app), String(id)],
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
      <p>
        <label>
          To deployment{" "}
          <select
            id="rollback-to"
            value={String(id)}
            onChange={(event) => {
              setId(Number(event.currentTarget.value));
              // What was chosen for one may not be there for another.
              setAsked(undefined);
              setTyped("");
            }}
          >
            {lines
              .filter((line) => line.is === undefined || line.id === id)
              .map((line) => (
                <option key={line.id} value={String(line.id)}>
                  {[
                    String(line.id),
                    line.revision,
                    ago(line.at, now.value),
                    line.by === "" ? "" : `by ${line.by}`,
                  ]
                    .filter((word) => word !== "")
                    .join(" · ")}
                </option>
              ))}
          </select>
        </label>
      </p>
      <Asked answer={plan} waiting="Asking the daemon what that would change">
        {({ items, sources, asNow }) => (
          <>
            <p id="rollback-sum" class="sum">
              {name} to {chosen?.revision ?? `deployment ${id}`}:{" "}
              {planWords(items, by === "live" && prune ? "deleted" : "kept")}.
            </p>
            {sources === "of-that-time" && (
              <p>Its source was written otherwise then: it is taken as it was, and the spec is not edited.</p>
            )}
            {asNow.length > 0 && (
              <p>
                It takes this as it is now, because nobody wrote down what it was then:{" "}
                {asNow.map(({ text }) => text).join(", ")}
              </p>
            )}
          </>
        )}
      </Asked>
      {isKnown && (
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
      {/* After the choice, so that what is held and until when is seen however long this is. */}
      {plan.is === "answered" && (
        <>
          <PlannedObjects
            items={plan.value.items}
            prunes={by === "live" && prune ? "delete" : STAYS}
            lines={linesOf(app, plan.value.files)}
          />
          {by === "live" && prune && <RefusedObjects items={refused} />}
        </>
      )}
    </Dialog>
  );
}
