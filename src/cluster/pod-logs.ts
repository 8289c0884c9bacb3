import { Failure } from "../core/model/failure.ts";
import type { KubeObject } from "../core/model/kube-object.ts";
import type { PodLogAsk, PodLogLine } from "../core/model/pod-log.ts";
import { defined } from "../lib/defined.ts";
import { type ApiClient, whyNoAnswer } from "./api-client.ts";
import { readStatus } from "./api-status.ts";
import { logLines } from "./log-lines.ts";
import { query } from "./paths.ts";
import { asJson, type NamedPod, type PodErrand, podFailure, podPath, podRefusal } from "./pod-refusal.ts";

/** https://kubernetes.io/docs/reference/labels-annotations-taints/#kubectl-kubernetes-io-default-container */
const DEFAULT_CONTAINER = "kubectl.kubernetes.io/default-container";

const LOG: PodErrand = { cannot: "read its log", grant: "Grant get on pods/log" };

/**
 * What one container of a Pod wrote, read as fast as it is asked for. It ends with the container, or the Pod; where the
 * API server stops answering it is cut, and that is thrown.
 * @throws {Failure} not-found, forbidden, refused (the container has not started), cluster-unreachable; the signal's reason
 */
export async function* podLogs(
  client: ApiClient,
  pod: NamedPod,
  ask: PodLogAsk,
  signal: AbortSignal,
): AsyncGenerator<PodLogLine> {
  const ending = new AbortController();
  const stop = AbortSignal.any([signal, ending.signal]);
  const forget = client.liveness.onChange((connection) => {
    if (connection.is === "unreachable")
      ending.abort(podFailure(pod, LOG, "cluster-unreachable", connection.why));
  });
  try {
    const container = ask.container ?? (await defaultContainer(client, pod));
    const { body } = await opened(client, pod, { ...ask, ...defined({ container }) }, stop);
    if (body !== null) yield* logLines(body);
  } catch (cause) {
    signal.throwIfAborted();
    client.ending.throwIfAborted();
    if (cause instanceof Failure) throw cause;
    if (ending.signal.reason instanceof Failure) throw ending.signal.reason;
    throw podFailure(pod, LOG, "cluster-unreachable", `the connection was cut: ${whyNoAnswer(cause)}`);
  } finally {
    forget();
    ending.abort();
  }
}

async function opened(
  client: ApiClient,
  pod: NamedPod,
  { container, until, of, tailLines, sinceSeconds, sinceTime }: PodLogAsk,
  stop: AbortSignal,
): Promise<Response> {
  const path = `${podPath(pod)}/log${query({
    container,
    timestamps: "true",
    follow: until === "its-end" ? "true" : undefined,
    previous: of === "previous" ? "true" : undefined,
    tailLines,
    sinceSeconds,
    sinceTime,
  })}`;
  // Of a container that is silent a kubelet says nothing, its headers neither, until there is a line.
  const firstWord = until === "its-end" ? "whenever" : "soon";
  for (let tries = 1; ; tries++) {
    const response = await client.open({ verb: "log", kind: "/Pod", path, accept: "*/*", firstWord }, stop);
    if (response.ok) return response;
    const status = readStatus(response.status, asJson(await response.text()));
    // Who we are may have been renewed by that.
    if (status.code === 401 && tries === 1) continue;
    throw podRefusal(pod, LOG, status);
  }
}

async function defaultContainer(client: ApiClient, pod: NamedPod): Promise<string | undefined> {
  const answer = await client.ask({
    verb: "get",
    kind: "/Pod",
    method: "GET",
    path: podPath(pod),
    afterCut: "again",
    turn: { owner: "logs", urgency: "list" },
  });
  if (answer.is === "unreachable") throw podFailure(pod, LOG, "cluster-unreachable", answer.why);
  if (answer.is === "status") throw podRefusal(pod, LOG, answer.status);
  const { metadata, spec } = answer.body as KubeObject & { spec?: { containers?: { name: string }[] } };
  const names = (spec?.containers ?? []).map(({ name }) => name);
  const wanted = metadata.annotations?.[DEFAULT_CONTAINER];
  return wanted !== undefined && names.includes(wanted) ? wanted : names[0];
}
