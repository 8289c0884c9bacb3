/**
 * Who writes: the daemon's own account, or another one that it acts as. `because`: who says so, for people. `refused`:
 * nobody may, with a sentence without a full stop; dry runs are refused too, without the server being asked.
 */
export type Acting =
  | { is: "itself" }
  | { is: "account"; account: ServiceAccount; because: string }
  | { is: "refused"; why: string };

export interface ServiceAccount {
  namespace: string;
  name: string;
}

/** https://kubernetes.io/docs/concepts/overview/working-with-objects/names */
const NAMESPACE = /^[a-z0-9](?:[-a-z0-9]{0,61}[a-z0-9])?$/;
const NAME = /^(?=.{1,253}$)[a-z0-9](?:[-a-z0-9]*[a-z0-9])?(?:\.[a-z0-9](?:[-a-z0-9]*[a-z0-9])?)*$/;

/**
 * `name`, of the namespace `home`, or `namespace:name`.
 * @returns undefined where it is none: nothing that stands in a name may make it another account's
 */
export function parseServiceAccount(text: string, home: string): ServiceAccount | undefined {
  const parts = text.trim().split(":");
  const [name = "", namespace = home] = parts.toReversed();
  return parts.length <= 2 && NAMESPACE.test(namespace) && NAME.test(name) ? { namespace, name } : undefined;
}

/** The user that the API server knows it as. */
export function userOf({ namespace, name }: ServiceAccount): string {
  return `system:serviceaccount:${namespace}:${name}`;
}
