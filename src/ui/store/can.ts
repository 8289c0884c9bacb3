/** Whether whoever looks may do something that is of no application. */
import { useAsked } from "../components/asked.tsx";
import { ask } from "./daemon.ts";

export async function mayDo(
  resource: string,
  action: string,
  object: string,
  signal: AbortSignal,
): Promise<boolean> {
  const path = [resource, action, ...object.split("/")].map(encodeURIComponent).join("/");
  const { value } = await ask<{ value: string }>("GET", `/api/v1/account/can-i/${path}`, { signal });
  return value === "yes";
}

/** @returns why not, in words; undefined as long as nobody said no: the daemon decides each request by itself all the same */
export function useWhyNot(resource: string, action: string, object = "*"): string | undefined {
  const answer = useAsked((signal) => mayDo(resource, action, object, signal), [resource, action, object]);
  return answer.is === "answered" && !answer.value
    ? `Your policy does not let you ${action} ${resource}${object === "*" ? "" : ` ${object}`}`
    : undefined;
}
