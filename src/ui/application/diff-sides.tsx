/** What is held against what: what is there, Git as it is followed, another revision, a deployment. */
import { useState } from "preact/hooks";
import type { Application } from "../../core/model/application.ts";
import { DIFF_SIDE } from "../../core/model/diff-side.ts";
import { go, withQuery } from "../store/route.ts";
import { deploymentsOf } from "../words/deployment-words.ts";
import { otherWords } from "../words/diff-sides.ts";
import { RevisionFields } from "./revision-fields.tsx";
import type { Sides } from "./use-diff.ts";

/** Of the address; what is none is as if it were not there. */
export function sidesOf(query: URLSearchParams): Sides {
  const [base, target] = [query.get("base") ?? "", query.get("target") ?? ""];
  return {
    base: DIFF_SIDE.test(base) ? base : "live",
    target: DIFF_SIDE.test(target) && target !== "live" ? target : "git",
  };
}

export function DiffSides({ app, sides }: { app: Application; sides: Sides }) {
  const deployments = deploymentsOf(app).map(({ id, revision }) => ({
    value: `deployment@${id}`,
    words: `Deployment ${id}: ${revision}`,
  }));
  return (
    <div class="row sides">
      <Side
        app={app}
        label="From"
        name="base"
        value={sides.base}
        choices={[{ value: "live", words: "What is there" }, { value: "git", words: "Git" }, ...deployments]}
      />
      <Side
        app={app}
        label="to"
        name="target"
        value={sides.target}
        choices={[{ value: "git", words: "Git" }, ...deployments]}
      />
    </div>
  );
}

function Side({
  app,
  label,
  name,
  value,
  choices,
}: {
  app: Application;
  label: string;
  name: "base" | "target";
  value: string;
  choices: readonly { value: string; words: string }[];
}) {
  const [isTyping, setTyping] = useState(false);
  const isOther = !choices.some((one) => one.value === value);
  const choose = (next: string): void =>
    go(withQuery({ [name]: next === (name === "base" ? "live" : "git") ? undefined : next }), "replace");
  return (
    <>
      <label>
        {label}{" "}
        <select
          value={isOther || isTyping ? "other" : value}
          onChange={(event) => {
            const next = event.currentTarget.value;
            setTyping(next === "other");
            if (next !== "other") choose(next);
          }}
        >
          {choices.map((one) => (
            <option key={one.value} value={one.value}>
              {one.words}
            </option>
          ))}
          <option value="other">{isOther ? otherWords(value) : "Git at another revision…"}</option>
        </select>
      </label>
      {(isOther || isTyping) && (
        <RevisionFields
          key={value}
          app={app}
          value={value}
          onChoose={(side) => {
            setTyping(false);
            choose(side);
          }}
        />
      )}
    </>
  );
}
