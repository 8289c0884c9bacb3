import type { KubeObject } from "./kube-object.ts";

/** A value that an action wants from whoever starts it. */
export interface ActionParameter {
  name: string;
  /** What it means, for people. */
  says: string;
  /** What the object has now. */
  now?: string;
}

/** What one object offers at this moment. */
export interface OfferedAction {
  name: string;
  /** What it does, for people; empty where nobody said. */
  says: string;
  /** Why it makes no sense now; absent where it does. */
  idle?: string;
  parameters: ActionParameter[];
}

/** What an action would have written: the object it was asked of as it should be, or another one that it makes. */
export type ActionWrite = { do: "change"; after: KubeObject } | { do: "create"; object: KubeObject };

/** What an action is asked. */
export interface ActionAsk {
  parameters: Readonly<Record<string, string>>;
  /** RFC 3339 in UTC, whole seconds. */
  now: string;
}

/** An action that cannot be done as it was asked. The message is a sentence without its last full stop. */
export class ActionRefused extends Error {
  override readonly name = "ActionRefused";
}
