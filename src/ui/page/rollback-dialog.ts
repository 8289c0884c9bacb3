/** What going back to a deployment would do: shown object by object, then done. */
import type { Application } from "../../core/model/application.ts";
import { ask as askDaemon } from "./daemon.ts";
import { type DeploymentLine, type PlannedObject, planWords, valueWords } from "./deployment-words.ts";
import { ask } from "./dialog.ts";
import { el } from "./dom.ts";

export interface RefusedObject {
  kind: string;
  namespace: string;
  name: string;
  text: string;
}

interface Plan {
  items: PlannedObject[];
  refusals: RefusedObject[];
  /** `held`: it is synced automatically, and is kept there. */
  then: "held" | "left";
  /** Whether its sources are written otherwise today. */
  sources: "as-written" | "of-that-time";
  /** What it takes from elsewhere as it is now, in words. */
  asNow: { text: string }[];
}

/** Objects whose fields are listed; of more than these people read the names alone. */
const MOST_LISTED = 100;

/** @param asked is told just before the daemon is, and may be told that it was refused */
export async function askToRollBack(
  { metadata: { name, namespace }, spec }: Application,
  { id, revision }: Pick<DeploymentLine, "id" | "revision">,
  asked: { before(): void; refused(): void },
): Promise<void> {
  const question = ask(`Roll ${name} back to deployment ${id}`);
  question.show(el("p", { class: "dim" }, "Asking the daemon what that would change…"));
  try {
    const path = `/api/holdfast/v1/applications/${namespace}/${name}/history/${id}/diff`;
    const plan = await askDaemon<Plan>("GET", path);
    const form = formOf(plan, `${name} to ${revision}`);
    question.show(...form.content);
    question.offer(`Roll back to ${id}`, async () => {
      asked.before();
      const { prune, until, reason } = form.values();
      try {
        await askDaemon("POST", `/api/v1/applications/${name}/rollback?appNamespace=${namespace}`, {
          body: { id, project: spec.project, prune, until, ...(reason === "" ? {} : { reason }) },
        });
      } catch (cause) {
        asked.refused();
        throw cause;
      }
      question.close();
    });
  } catch (cause) {
    question.refuse(cause);
  }
}

interface Form {
  content: Node[];
  values(): { prune: boolean; until: string; reason: string };
}

function formOf({ items, refusals, then, sources, asNow }: Plan, what: string): Form {
  const extras = items.filter(({ change }) => change === "prune").length;
  const prune = el("input", { type: "checkbox", id: "rollback-prune" });
  const reason = el("input", { type: "text", id: "rollback-reason", autocomplete: "off", maxlength: "500" });
  const nextCommit = el("input", { type: "radio", name: "until", value: "next-commit", id: "until-commit" });
  const sum = el("p", { id: "rollback-sum" });
  const kept = el("div", { hidden: "" }, ...refusedList(refusals));
  const say = (): void => {
    sum.textContent = `${what}: ${planWords(items, prune.checked ? "deleted" : "kept")}.`;
    kept.hidden = !prune.checked || refusals.length === 0;
  };
  prune.addEventListener("change", say);
  say();
  const content = [
    sum,
    ...(sources === "of-that-time"
      ? [
          el(
            "p",
            {},
            "Its source was written otherwise then: it is taken as it was, and the spec is not edited.",
          ),
        ]
      : []),
    ...(asNow.length === 0
      ? []
      : [
          el(
            "p",
            {},
            `It takes this as it is now, because nobody wrote down what it was then: ${asNow.map(({ text }) => text).join(", ")}`,
          ),
        ]),
    ...(items.length === 0 ? [] : [planList(items)]),
    ...(extras === 0
      ? []
      : [
          el(
            "p",
            {},
            prune,
            el(
              "label",
              { for: "rollback-prune" },
              extras === 1
                ? " Delete the object that was not there then"
                : ` Delete the ${extras} objects that were not there then`,
            ),
          ),
          kept,
        ]),
    ...(then === "held" ? [holdChoice(nextCommit)] : []),
    el("p", {}, el("label", { for: "rollback-reason" }, "Why, for the history"), reason),
    el("p", { class: "dim" }, "Hooks are not run: what they do, they did forwards."),
  ];
  return {
    content,
    values: () => ({
      prune: prune.checked,
      until: nextCommit.checked ? "next-commit" : "lifted",
      reason: reason.value.trim(),
    }),
  };
}

function holdChoice(nextCommit: HTMLInputElement): HTMLElement {
  const lifted = el("input", {
    type: "radio",
    name: "until",
    value: "lifted",
    id: "until-lifted",
    checked: "",
  });
  return el(
    "fieldset",
    {},
    el("legend", {}, "It is synced automatically, so it is held there"),
    el("p", {}, lifted, el("label", { for: "until-lifted" }, " until somebody lifts it")),
    el("p", {}, nextCommit, el("label", { for: "until-commit" }, " until the next commit that changes it")),
  );
}

export function refusedList(refusals: readonly RefusedObject[]): HTMLElement[] {
  return [
    el("p", {}, "Of these a guard keeps:"),
    el(
      "ul",
      {},
      ...refusals
        .slice(0, MOST_LISTED)
        .map(({ kind, namespace, name, text }) =>
          el(
            "li",
            {},
            el("span", { class: "mono" }, `${kind} ${namespace === "" ? name : `${namespace}/${name}`}`),
            ` ${text}`,
          ),
        ),
    ),
  ];
}

const CHANGES = {
  create: "create",
  change: "update",
  prune: "not in it",
  unknown: "cannot be compared",
  none: "nothing",
} as const;

export function planList(items: readonly PlannedObject[]): HTMLElement {
  const rest = items.length - MOST_LISTED;
  return el(
    "ul",
    { class: "plan", "aria-label": "What would change" },
    ...items.slice(0, MOST_LISTED).map((item) => el("li", {}, objectOf(item))),
    rest > 0 ? el("li", { class: "dim" }, `and ${rest} more`) : undefined,
  );
}

function objectOf({ kind, namespace, name, change, fields }: PlannedObject): HTMLElement {
  const title = [
    el("b", {}, CHANGES[change]),
    " ",
    el("span", { class: "mono" }, `${kind} ${namespace === "" ? name : `${namespace}/${name}`}`),
  ];
  if (change !== "change" || fields.length === 0) return el("div", { class: "object" }, ...title);
  return el(
    "details",
    {},
    el("summary", {}, ...title, ` · ${fields.length === 1 ? "1 field" : `${fields.length} fields`}`),
    el(
      "dl",
      {},
      ...fields.flatMap(({ path, live, desired, owner }) => [
        el("dt", { class: "mono" }, path),
        el(
          "dd",
          {},
          el("del", {}, valueWords(live)),
          el("ins", {}, valueWords(desired)),
          owner === undefined ? undefined : el("span", { class: "dim" }, `set by ${owner.manager}`),
        ),
      ]),
    ),
  );
}
