/** Of an object's health: `apps/Deployment shop/web: Pod web-5d4 container web waits: …`. */
const OF_HEALTH = /^\S+ ([\w.-]+)\/[\w.-]+: (?:[\w.-]+ [\w.-]+: )?Pod ([\w.-]+) (?:init )?container /;
/**
 * Of a hook: `the hook batch/Job shop/migrate failed: it ran out of tries; Pod migrate-x2 container migrate ended with …`,
 * or `waiting for completion of hook batch/Job shop/migrate since … (Pod migrate-x2 container …)`. What lies between is
 * not another hook's.
 */
const OF_HOOK =
  /(?:^|; )(?:the hook|waiting for completion of hook) \S+ ([\w.-]+)\/[\w.-]+ (?:failed: |since \S+ \()(?:(?!the hook )[^;]*; )*?Pod ([\w.-]+) (?:init )?container /;

/** The Pod that a sentence names as what is to blame, and the namespace that it is in. */
export function blamedPod(text: string): { namespace: string; name: string } | undefined {
  const [, namespace, name] = OF_HEALTH.exec(text) ?? OF_HOOK.exec(text) ?? [];
  return namespace === undefined || name === undefined ? undefined : { namespace, name };
}

/** Of an object's health, or of a run that waits for it. */
const UNPLACED =
  /^(?:waiting for healthy state of )?\S+ ([\w.-]+)\/[\w.-]+(?:: | \()(?:[\w.-]+ [\w.-]+: )?Pod ([\w.-]+) is on no node: /;

/** The Pod of which a sentence says that it is on no node, so that it has no log: what happened to it says more. */
export function unplacedPod(text: string): { namespace: string; name: string } | undefined {
  const [, namespace, name] = UNPLACED.exec(text) ?? [];
  return namespace === undefined || name === undefined ? undefined : { namespace, name };
}
