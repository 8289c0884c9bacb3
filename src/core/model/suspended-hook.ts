/** A hook that is suspended: what a sync says while it waits for it, and how that is known again in its message. */
import type { KubeObject } from "./kube-object.ts";

const SAYS = "it is suspended: it goes on once ";

/** Without a full stop: what lifts it. */
export function suspendedHookWords({ kind }: Pick<KubeObject, "kind">): string {
  const lifts = kind === "Job" ? "its spec.suspend is false" : "somebody resumes it";
  return `${SAYS}${lifts}, or terminate the sync`;
}

/** Whether the message of a run that goes on says that it waits for somebody. */
export function waitsForSomebody(message: string): boolean {
  return message.startsWith("waiting for completion of hook ") && message.includes(`(${SAYS}`);
}

/** The hook that a run waits for somebody to resume, as its message names it; undefined where it waits for nobody. */
export function suspendedHookIn(
  message: string,
): { group: string; kind: string; namespace: string; name: string } | undefined {
  if (!waitsForSomebody(message)) return undefined;
  const [, group = "", kind, namespace = "", name] =
    /^waiting for completion of hook (?:(\S+)\/)?(\w+) (?:([\w.-]+)\/)?([\w.:-]+) since /.exec(message) ?? [];
  return kind === undefined || name === undefined ? undefined : { group, kind, namespace, name };
}
