import { Failure } from "../core/model/failure.ts";
import type { ExecAsk, ExecEnd, ExecEvent, ExecSession } from "../core/model/pod-exec.ts";
import { type ApiClient, whyNoAnswer } from "./api-client.ts";
import { readStatus } from "./api-status.ts";
import { CHANNEL, EXEC_PROTOCOLS, execEndOf, onChannel, sizeMessage } from "./exec-channels.ts";
import { query } from "./paths.ts";
import { asJson, type NamedPod, type PodErrand, podFailure, podPath, podRefusal } from "./pod-refusal.ts";
import type { WebSocketConnection } from "./web-socket/web-socket.ts";

/** What is typed and not taken yet: a program that reads nothing must not fill the memory. */
const MOST_TYPED = 1 << 20;

const TERMINAL: PodErrand = { cannot: "open a terminal", grant: "Grant get and create on pods/exec" };

/**
 * A program on a terminal in a container.
 * @throws {Failure} not-found, forbidden, refused, cluster-unreachable; the signal's reason
 */
export async function podExec(
  client: ApiClient,
  pod: NamedPod,
  { container, command }: ExecAsk,
  signal: AbortSignal,
): Promise<ExecSession> {
  const path = `${podPath(pod)}/exec${query({
    ...{ container, stdin: "true", stdout: "true", tty: "true" },
  })}${command.map((word) => `&command=${encodeURIComponent(word)}`).join("")}`;
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
      throw podRefusal(pod, TERMINAL, readStatus(status, asJson(body)));
    }
  } catch (cause) {
    signal.throwIfAborted();
    client.ending.throwIfAborted();
    if (cause instanceof Failure) throw cause;
    throw podFailure(pod, TERMINAL, "cluster-unreachable", whyNoAnswer(cause));
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
