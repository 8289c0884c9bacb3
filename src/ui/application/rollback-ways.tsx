/** The two ways back, each with what comes of it and what can be said about it. */
import type { ComponentChildren } from "preact";
import type { RevertPlan } from "../../core/model/revert-plan.ts";
import { shortOf } from "../words/app-words.ts";

export interface Back {
  by: "git" | "live";
}

const MOST_PATHS = 20;

interface WayProps {
  isChosen: boolean;
  onChoose(): void;
  /** Why it cannot be gone. */
  not: string | undefined;
}

function Way({
  isChosen,
  onChoose,
  not,
  word,
  does,
  children,
}: WayProps & { word: string; does: string; children: ComponentChildren }) {
  if (not !== undefined)
    return (
      <details class="way-not">
        <summary>
          {word} is not possible: {not}
        </summary>
      </details>
    );
  return (
    <div class="way">
      <p>
        <label>
          <input type="radio" name="back-by" checked={isChosen} onChange={onChoose} />
          {word}
          <span class="why">{does}</span>
        </label>
      </p>
      {isChosen && <div class="more">{children}</div>}
    </div>
  );
}

export function GitBack({
  plan,
  then,
  branch,
  setBranch,
  shared,
  setShared,
  proposal,
  ...way
}: WayProps & {
  plan: RevertPlan | undefined;
  then: "automated" | "by-hand";
  /** A new one; undefined: the one that is followed. */
  branch: string | undefined;
  setBranch(branch: string | undefined): void;
  shared: "refuse" | "too";
  setShared(shared: "refuse" | "too"): void;
  /** A name for a new branch. */
  proposal: string;
}) {
  const after =
    then === "automated"
      ? "Automated sync stays on, and delivers that commit as every other one."
      : "It is synced by hand: once the commit is there, review and sync it.";
  return (
    <Way
      {...way}
      // Nobody is advised to do what cannot be done.
      word={way.not === undefined ? "Revert in Git (recommended)" : "Revert in Git"}
      does={`A commit puts its files back. ${after}`}
    >
      {plan !== undefined && (
        <>
          <p class="dim">
            After {shortOf(plan.tip)} of {plan.repository}, as it was at {shortOf(plan.from)}:
          </p>
          <ul class="paths">
            {plan.paths.slice(0, MOST_PATHS).map((path) => (
              <li key={path} class="mono">
                {path === "" ? "all files" : path}
              </li>
            ))}
            {plan.paths.length > MOST_PATHS && <li>and {plan.paths.length - MOST_PATHS} more</li>}
          </ul>
          <p>
            <label>
              <input
                type="radio"
                name="branch"
                checked={branch === undefined}
                onChange={() => setBranch(undefined)}
              />
              to {plan.branch}, which is followed
            </label>
          </p>
          <p>
            <label>
              <input
                type="radio"
                name="branch"
                checked={branch !== undefined}
                onChange={() => setBranch(proposal)}
              />
              to a new branch, for a pull request
            </label>
          </p>
          {branch !== undefined && (
            <p>
              <label>
                Its name
                <input
                  type="text"
                  autocomplete="off"
                  spellcheck={false}
                  maxLength={200}
                  value={branch}
                  onInput={(event) => setBranch(event.currentTarget.value)}
                />
              </label>
            </p>
          )}
          {plan.sharedWith.length > 0 && (
            <p>
              <label>
                <input
                  type="checkbox"
                  checked={shared === "too"}
                  onChange={(event) => setShared(event.currentTarget.checked ? "too" : "refuse")}
                />
                Also what others read of it: {plan.sharedWith.join(", ")}
              </label>
            </p>
          )}
        </>
      )}
    </Way>
  );
}

const UNTIL = [
  ["lifted", "until somebody lifts the hold"],
  ["next-commit", "until the next commit that changes it"],
] as const;

export function LiveBack({
  extras,
  then,
  prune,
  setPrune,
  until,
  setUntil,
  ...way
}: WayProps & {
  /** Objects that were not there then. */
  extras: number;
  then: "held" | "left";
  prune: boolean;
  setPrune(prune: boolean): void;
  until: "lifted" | "next-commit";
  setUntil(until: "lifted" | "next-commit"): void;
}) {
  const does =
    then === "held"
      ? "At once, whatever Git says. Automated sync is not turned off, and does nothing while it is held there; the page says so until the hold is lifted."
      : "At once, whatever Git says. It is synced by hand, so nothing happens by itself afterwards, and it shows as OutOfSync.";
  return (
    <Way
      {...way}
      word={
        then === "held" && way.not === undefined
          ? "Roll live back now (holds until lifted)"
          : "Roll live back now"
      }
      does={does}
    >
      {then === "held" &&
        UNTIL.map(([value, words]) => (
          <p key={value}>
            <label>
              <input
                type="radio"
                name="until"
                value={value}
                checked={until === value}
                onChange={() => setUntil(value)}
              />
              {words}
            </label>
          </p>
        ))}
      {extras > 0 && (
        <p>
          <label>
            <input
              type="checkbox"
              checked={prune}
              onChange={(event) => setPrune(event.currentTarget.checked)}
            />
            {extras === 1
              ? "Delete the object that was not there then"
              : `Delete the ${extras} objects that were not there then`}
          </label>
        </p>
      )}
      <p class="dim">Hooks are not run: what they do, they did forwards.</p>
    </Way>
  );
}
