import { Failure } from "../core/model/failure.ts";
import type { KubeObject } from "../core/model/kube-object.ts";
import type { PodLogAsk, PodLogLine } from "../core/model/pod-log.ts";
import { defined } from "../lib/defined.ts";
import { type ApiClient, whyNoAnswer } from "./api-client.ts";
import { readStatus } from "./api-status.ts";
import { logLines } from "./log-lines.ts";
import { query } from "./paths.ts";

/** https://kubernetes.io/docs/reference/labels-annotations-taints/#kubectl-kubernetes-io-default-container */
const DEFAULT_CONTAINER = "kubectl.kubernetes.io/default-container";

interface Pod {
  namespace: string;
  name: string;
}

/**
 * What one container of a Pod wrote, read as fast as it is asked for. It ends with the container, or the Pod; where the
 * API server stops answering it is cut, and that is thrown.
 * @throws {Failure} not-found, forbidden, refused (the container has not started), cluster-unreachable; the signal's reason
 */
export async function* podLogs(
  client: ApiClient,
  pod: Pod,
  ask: PodLogAsk,
  signal: AbortSignal,
): AsyncGenerator<PodLogLine> {
  const ending = new AbortController();
  const stop = AbortSignal.any([signal, ending.signal]);
  const forget = client.liveness.onChange((connection) => {
    if (connection.is === "unreachable") ending.abort(failure(pod, "cluster-unreachable", connection.why));
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
    throw failure(pod, "cluster-unreachable", `the connection was cut: ${whyNoAnswer(cause)}`);
  } finally {
    forget();
    ending.abort();
  }
}

async function opened(
  client: ApiClient,
  pod: Pod,
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
    throw refusal(pod, status);
  }
}

async function defaultContainer(client: ApiClient, pod: Pod): Promise<string | undefined> {
  const answer = await client.ask({
    verb: "get",
    kind: "/Pod",
    method: "GET",
    path: podPath(pod),
    afterCut: "again",
    turn: { owner: "logs", urgency: "list" },
  });
  if (answer.is === "unreachable") throw failure(pod, "cluster-unreachable", answer.why);
  if (answer.is === "status") throw refusal(pod, answer.status);
  const { metadata, spec } = answer.body as KubeObject & { spec?: { containers?: { name: string }[] } };
  const names = (spec?.containers ?? []).map(({ name }) => name);
  const wanted = metadata.annotations?.[DEFAULT_CONTAINER];
  return wanted !== undefined && names.includes(wanted) ? wanted : names[0];
}

function podPath({ namespace, name }: Pod): string {
  return `/api/v1/namespaces/${encodeURIComponent(namespace)}/pods/${encodeURIComponent(name)}`;
}

function refusal(pod: Pod, { code, message }: { code: number; message: string }): Failure {
  if (code === 404) return failure(pod, "not-found", "it is gone");
  if (code === 403) return failure(pod, "forbidden", message, "Grant get on pods/log");
  // A container that waits to start, one that never ran before, a name that is none.
  if (code === 400) return failure(pod, "refused", message);
  return failure(pod, "cluster-unreachable", message);
}

function failure(
  { namespace, name }: Pod,
  code: "cluster-unreachable" | "not-found" | "forbidden" | "refused",
  why: string,
  fix?: string,
): Failure {
  return new Failure(code, `Pod ${namespace}/${name}`, code === "refused" ? "after-edit" : "backoff", {
    cannot: "read its log",
    why,
    ...defined({ fix }),
  });
}

function asJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    if (cause instanceof SyntaxError) return text;
    throw cause;
  }
}
