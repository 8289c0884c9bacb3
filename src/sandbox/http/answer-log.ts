import { badRequest } from "../api-error.ts";
import { itemsAt, type JsonObject, type KubeJson, objectAt, textAt, textMapAt } from "../json.ts";
import { tableOf } from "../kinds/kind.ts";
import type { Handling } from "./handling.ts";

/**
 * The log of a container that does not run: when it started, what the Pod's annotation `sandbox.holdfast.dev/log` has it say (a line
 * of that is a line of the log), and how it ended. Options as a kubelet takes them: `container`,
 * `follow` (until the container or the Pod ends), `previous`, `tailLines`, `sinceSeconds`, `sinceTime`, `timestamps`.
 * @throws {ApiError} 400 where a container must be named, is not there, or has not started
 */
export function answerLog(
  pod: KubeJson,
  query: URLSearchParams,
  left: AbortSignal,
  { api, clock, signal }: Pick<Handling, "api" | "clock" | "signal">,
): Response {
  const container = containerOf(pod, query.get("container") ?? "");
  const since = sinceMs(query, clock.now());
  const kept = linesOf(pod, container, query.get("previous") === "true" ? "previous" : "this run").filter(
    ({ at }) => Date.parse(at) >= since,
  );
  const tail = query.get("tailLines");
  const lines = tail === null ? kept : kept.slice(kept.length - Math.min(kept.length, Number(tail)));
  const text = lines
    .map(
      ({ at, text: said }) => `${query.get("timestamps") === "true" ? `${nanoseconds(at)} ` : ""}${said}\n`,
    )
    .join("");
  const headers = { "content-type": "text/plain" };
  if (query.get("follow") !== "true" || !isRunning(pod, container)) return new Response(text, { headers });
  let end = (): void => undefined;
  const body = new ReadableStream<Uint8Array>({
    start(controller) {
      if (text !== "") controller.enqueue(new TextEncoder().encode(text));
      const unsubscribe = api.store.subscribe(tableOf("", "pods"), ({ type, object }) => {
        if (object.metadata.uid !== pod.metadata.uid) return;
        if (type === "DELETED" || !isRunning(object, container)) close();
      });
      const close = (): void => {
        end();
        controller.close();
      };
      const stop = AbortSignal.any([signal, left]);
      end = () => {
        unsubscribe();
        stop.removeEventListener("abort", close);
      };
      stop.addEventListener("abort", close, { once: true });
    },
    cancel: () => end(),
  });
  return new Response(body, { headers });
}

function containerOf(pod: KubeJson, wanted: string): string {
  const { name } = pod.metadata;
  const names = itemsAt(pod, "spec", "containers").map((one) => textAt(one, "name") ?? "");
  const [first = "", ...others] = names;
  if (wanted === "" && others.length > 0)
    throw badRequest(
      `a container name must be specified for pod ${name}, choose one of: [${names.join(" ")}]`,
    );
  if (wanted !== "" && !names.includes(wanted))
    throw badRequest(`container ${wanted} is not valid for pod ${name}`);
  return wanted || first;
}

interface Line {
  /** RFC 3339. */
  at: string;
  text: string;
}

function linesOf(pod: KubeJson, container: string, which: "previous" | "this run"): Line[] {
  const status = statusOf(pod, container);
  const last = objectAt(status, "lastState", "terminated");
  const running = objectAt(status, "state", "running");
  const ended = objectAt(status, "state", "terminated");
  const { name } = pod.metadata;
  if (which === "previous") {
    if (last["startedAt"] === undefined)
      throw badRequest(
        `previous terminated container ${JSON.stringify(container)} in pod "${name}" not found`,
      );
    return endedLines(pod, container, last);
  }
  const startedAt = textAt(running, "startedAt");
  if (startedAt !== undefined) return startedLines(pod, container, startedAt);
  if (ended["startedAt"] !== undefined) return endedLines(pod, container, ended);
  // A container that waits for its next try: what it wrote last is what there is.
  if (last["startedAt"] !== undefined) return endedLines(pod, container, last);
  const reason = textAt(objectAt(status, "state", "waiting"), "reason") ?? "ContainerCreating";
  throw badRequest(`container "${container}" in pod "${name}" is waiting to start: ${reason}`);
}

/** Of a Pod: what its containers are made to say, a line each. */
const SAID = "sandbox.holdfast.dev/log";

function startedLines(pod: KubeJson, container: string, at: string): Line[] {
  const said = textMapAt(pod, "metadata", "annotations")[SAID]?.trimEnd();
  if (said !== undefined) return said.split("\n").map((text) => ({ at, text }));
  return [
    { at, text: `sandbox: container ${container} of Pod ${pod.metadata.name} started; nothing runs in it` },
  ];
}

function endedLines(pod: KubeJson, container: string, state: JsonObject): Line[] {
  const [startedAt = "", finishedAt = ""] = [textAt(state, "startedAt"), textAt(state, "finishedAt")];
  return [
    ...startedLines(pod, container, startedAt),
    {
      at: finishedAt,
      text: `sandbox: container ${container} ended with exit code ${String(state["exitCode"] ?? 0)}`,
    },
  ];
}

function statusOf(pod: KubeJson, container: string): JsonObject {
  return itemsAt(pod, "status", "containerStatuses").find((one) => textAt(one, "name") === container) ?? {};
}

function isRunning(pod: KubeJson, container: string): boolean {
  return textAt(objectAt(statusOf(pod, container), "state", "running"), "startedAt") !== undefined;
}

function sinceMs(query: URLSearchParams, nowMs: number): number {
  const [seconds, time] = [query.get("sinceSeconds"), query.get("sinceTime")];
  if (seconds !== null) return nowMs - Number(seconds) * 1_000;
  return time === null ? Number.NEGATIVE_INFINITY : Date.parse(time);
}

function nanoseconds(at: string): string {
  return new Date(at).toISOString().replace("Z", "000000Z");
}
