import { TRANSITION_KINDS, type TransitionKind } from "../model/transition.ts";

/** Names of Argo CD's catalogue, and of ours in the same way: `on-sync-failed`. */
export function triggerOf(kind: TransitionKind): string {
  return `on-${kind}`;
}

/** @returns undefined: no event of ours is called so */
export function kindOfTrigger(trigger: string): TransitionKind | undefined {
  return TRANSITION_KINDS.find((kind) => triggerOf(kind) === trigger);
}
