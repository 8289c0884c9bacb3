/** What a Pod's subresources (its logs, a terminal in it) refuse, as failures of ours. */
import { Failure } from "../core/model/failure.ts";
import { defined } from "../lib/defined.ts";

export interface NamedPod {
  namespace: string;
  name: string;
}

/** What was asked of it. */
export interface PodErrand {
  /** Behind "cannot". */
  cannot: string;
  /** What helps where the API server forbids it. */
  grant: string;
}

export function podPath({ namespace, name }: NamedPod): string {
  return `/api/v1/namespaces/${encodeURIComponent(namespace)}/pods/${encodeURIComponent(name)}`;
}

export function podRefusal(
  pod: NamedPod,
  errand: PodErrand,
  { code, message }: { code: number; message: string },
): Failure {
  if (code === 404) return podFailure(pod, errand, "not-found", "it is gone");
  if (code === 403) return podFailure(pod, errand, "forbidden", message, errand.grant);
  // A container that has not begun, one that never ran before, a name that is none.
  if (code === 400) return podFailure(pod, errand, "refused", message);
  return podFailure(pod, errand, "cluster-unreachable", message);
}

export function podFailure(
  { namespace, name }: NamedPod,
  { cannot }: PodErrand,
  code: "cluster-unreachable" | "not-found" | "forbidden" | "refused",
  why: string,
  fix?: string,
): Failure {
  return new Failure(code, `Pod ${namespace}/${name}`, code === "refused" ? "after-edit" : "backoff", {
    cannot,
    why,
    ...defined({ fix }),
  });
}

/** @returns the text itself where it is no JSON: proxies answer in words of their own */
export function asJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    if (cause instanceof SyntaxError) return text;
    throw cause;
  }
}
