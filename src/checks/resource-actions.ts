import type { KubeObject } from "../core/model/kube-object.ts";
import { groupKind } from "../core/model/object-ref.ts";
import type { ActionScripts } from "../core/model/user-checks.ts";
import { defined } from "../lib/defined.ts";
import { isMapping } from "../lib/is-mapping.ts";
import type { CheckProcess } from "./check-process.ts";
import { forKind } from "./for-kind.ts";
import { restoreShape } from "./restore-shape.ts";

/** One action that an object offers. */
export interface OfferedAction {
  name: string;
  /** It exists, and this object does not allow it now. */
  disabled: boolean;
  displayName?: string;
  iconClass?: string;
  parameters: { name: string; default?: string }[];
}

/** What an action wants written. `patch`: this object as it should be. */
export interface ActionEffect {
  operation: "create" | "patch";
  object: KubeObject;
}

export type Offered = { is: "offered"; actions: OfferedAction[] } | { is: "failed"; why: string };
export type Acted =
  | { is: "done"; effects: ActionEffect[] }
  | { is: "absent" }
  | { is: "failed"; why: string };

/** Users' resource actions, run as Argo CD's documentation describes them. Nothing is written here: effects are data. */
export function createResourceActions(scripts: readonly ActionScripts[], runner: CheckProcess) {
  const find = forKind(scripts);
  return {
    async offered(object: KubeObject, signal?: AbortSignal): Promise<Offered> {
      const entry = find(groupKind(object));
      if (entry === undefined) return { is: "offered", actions: [] };
      const answer = await runner.run({ language: "lua", script: entry.discovery, object }, signal);
      if (answer.is !== "done") return { is: "failed", why: answer.why };
      return {
        is: "offered",
        actions: Object.entries(isMapping(answer.value) ? answer.value : {})
          .map(([name, about]) => readOffer(name, about))
          .sort((a, b) => (a.name < b.name ? -1 : 1)),
      };
    },
    /** @param parameters as a person gave them, by name */
    async act(
      object: KubeObject,
      name: string,
      parameters: Readonly<Record<string, string>> = {},
      signal?: AbortSignal,
    ): Promise<Acted> {
      const action = find(groupKind(object))?.actions.find((one) => one.name === name);
      if (action === undefined) return { is: "absent" };
      const answer = await runner.run({ language: "lua", script: action.script, object, parameters }, signal);
      if (answer.is !== "done") return { is: "failed", why: answer.why };
      const effects = readEffects(answer.value, object);
      return effects === undefined
        ? { is: "failed", why: `action ${name} must return the object, or a list of {operation, resource}` }
        : { is: "done", effects };
    },
  };
}

const text = (value: unknown): string | undefined =>
  typeof value === "string" && value !== "" ? value : undefined;

function readOffer(name: string, about: unknown): OfferedAction {
  const fields = isMapping(about) ? about : {};
  const [displayName, iconClass] = [text(fields["displayName"]), text(fields["iconClass"])];
  const parameters = (Array.isArray(fields["params"]) ? fields["params"] : [])
    .filter(isMapping)
    .flatMap((parameter) => {
      const [called, standard] = [text(parameter["name"]), text(parameter["default"])];
      return called === undefined ? [] : [{ name: called, ...defined({ default: standard }) }];
    });
  return {
    name,
    disabled: fields["disabled"] === true || fields["disabled"] === "true",
    parameters,
    ...defined({ displayName, iconClass }),
  };
}

/** One object is the older form of "patch this". */
function readEffects(value: unknown, source: KubeObject): ActionEffect[] | undefined {
  if (isObject(value)) return [{ operation: "patch", object: restoreShape(value, source) as KubeObject }];
  if (!Array.isArray(value)) return undefined;
  const effects = value.map((entry: unknown): ActionEffect | undefined => {
    const [operation, resource] = isMapping(entry) ? [entry["operation"], entry["resource"]] : [];
    if (!isObject(resource) || (operation !== "create" && operation !== "patch")) return undefined;
    return { operation, object: restoreShape(resource, source) as KubeObject };
  });
  return effects.every((effect) => effect !== undefined) ? effects : undefined;
}

function isObject(value: unknown): value is KubeObject {
  return (
    isMapping(value) &&
    typeof value["kind"] === "string" &&
    typeof value["apiVersion"] === "string" &&
    isMapping(value["metadata"])
  );
}
