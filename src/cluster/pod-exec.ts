import { Failure } from "../core/model/failure.ts";
import type { ExecAsk, ExecEnd, ExecEvent, ExecSession } from "../core/model/pod-exec.ts";
import { defined } from "../lib/defined.ts";
import { type ApiClient, whyNoAnswer } from "./api-client.ts";
import { readStatus } from "./api-status.ts";
import { CHANNEL, EXEC_PROTOCOLS, execEndOf, onChannel, sizeMessage } from "./exec-channels.ts";
import { query } from "./paths.ts";
import type { WebSocketConnection } from "./web-socket/web-socket.ts";

/** What is typed and not taken yet: a program that reads nothing must not fill the memory. */
const MOST_TYPED = 1 << 20;

interface Pod {
  namespace: string;
  name: string;
}

/**
 * A program on a terminal in a container.
 * @throws {Failure} not-found, forbidden, refused, cluster-unreachable; the signal's reason
 */
export async function podExec(
  client: ApiClient,
  pod: Pod,
  { container, command }: ExecAsk,
  signal: AbortSignal,
): Promise<ExecSession> {
  const path = `/api/v1/namespaces/${encodeURIComponent(pod.namespace)}/pods/${encodeURIComponent(pod.name)}/exec${query(
    {
      ...{ container, stdin: "true", stdout: "true", tty: "true" },
    },
  )}${command.map((word) => `&command=${encodeURIComponent(word)}`).join("")}`;
  try {
    for (let tries = 1; ; tries++) {
      const opened = await client.openSocket(
        { verb: "exec", kind: "/Pod", path, protocols: EXEC_PROTOCOLS },
        signal,
      );
      if (opened.is === "open") return sessionOn(client, opened.connection);
      const { status, body } = opened;
      // Who we are may have been renewed by that.
      if (status === 401 && tries === 1) continue;
      throw refusal(pod, readStatus(status, asJson(body)));
    }
  } catch (cause) {
    signal.throwIfAborted();
    client.ending.throwIfAborted();
    if (cause instanceof Failure) throw cause;
    throw failure(pod, "cluster-unreachable", whyNoAnswer(cause));
  }
}

function sessionOn(client: ApiClient, connection: WebSocketConnection): ExecSession {
  let lost: string | undefined;
  const forget = client.liveness.onChange((cluster) => {
    if (cluster.is !== "unreachable") return;
    lost = cluster.why;
    connection.close();
  });
  return {
    events: eventsOf(connection, () => lost, forget),
    type(bytes) {
      if (connection.waiting() + bytes.length > MOST_TYPED) return "full";
      connection.send(onChannel(CHANNEL.typed, bytes));
      return "taken";
    },
    resize(size) {
      // Of sizes that nobody takes the next one says as much.
      if (connection.waiting() < MOST_TYPED) connection.send(sizeMessage(size));
    },
    close() {
      forget();
      connection.close();
    },
  };
}

async function* eventsOf(
  { messages }: WebSocketConnection,
  lost: () => string | undefined,
  forget: () => void,
): AsyncGenerator<ExecEvent> {
  let end: ExecEnd | undefined;
  try {
    for await (const message of messages) {
      const [channel] = message;
      const bytes = message.subarray(1);
      if (channel === CHANNEL.status && bytes.length > 0) end = execEndOf(new TextDecoder().decode(bytes));
      else if ((channel === CHANNEL.output || channel === CHANNEL.errors) && bytes.length > 0)
        yield { is: "output", bytes };
    }
    end ??= { is: "failed", why: lost() ?? "the API server ended it without a word" };
  } catch (cause) {
    end ??= {
      is: "failed",
      why: lost() ?? `the connection to the API server was cut: ${whyNoAnswer(cause)}`,
    };
  } finally {
    forget();
  }
  yield { is: "ended", end };
}

function refusal(pod: Pod, { code, message }: { code: number; message: string }): Failure {
  if (code === 404) return failure(pod, "not-found", "it is gone");
  if (code === 403) return failure(pod, "forbidden", message, "Grant get and create on pods/exec");
  // A container that has not begun, a name that is none.
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
    cannot: "open a terminal",
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
