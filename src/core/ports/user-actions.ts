import type { KubeObject } from "../model/kube-object.ts";
import type { ActionAsk, ActionWrite, OfferedAction } from "../model/resource-action.ts";

/** What an operator's own scripts say of one object's actions. */
export interface UserActionsOf {
  /** `kept`: built-in actions of other names stand beside them; `replaced`: there are these alone. */
  builtIns: "kept" | "replaced";
  /** @throws {ActionRefused} the script failed, or says no such thing */
  offered(signal?: AbortSignal): Promise<OfferedAction[]>;
  /** undefined where there is no script of this name. @throws {ActionRefused} the script failed, or says no such thing */
  run(name: string, ask: ActionAsk, signal?: AbortSignal): Promise<ActionWrite[] | undefined>;
}

/** Actions in Lua, of `argocd-cm`'s `resource.customizations.actions`. */
export interface UserActions {
  /** undefined where nobody wrote any for its kind. */
  of(object: KubeObject): UserActionsOf | undefined;
}
