/** Connections on which something was worked on for long, over a real socket: they are closed when nobody says anything any more. */
import { expect, test } from "bun:test";
import { connect } from "node:net";
import type { Api } from "../../src/api/create-api.ts";
import { IDLE_SECONDS } from "../../src/api/unhurried.ts";
import { fakeApp, fakeControl } from "../fakes/fake-control.ts";
import { eventually } from "../lib/eventually.ts";
import { startFakeApi } from "../lib/fake-api.ts";

/** The API, where a connection is idle sooner. */
const sooner = (api: Pick<Api, "fetch">): Pick<Api, "fetch"> => ({
  fetch: (request, server) =>
    api.fetch(
      request,
      server &&
        new Proxy(server, {
          get(of, name) {
            if (name === "timeout")
              return (one: Request, seconds: number) =>
                of.timeout(one, seconds === IDLE_SECONDS ? 1 : seconds);
            const value: unknown = Reflect.get(of, name);
            return typeof value === "function" ? value.bind(of) : value;
          },
        }),
    ),
});

test("a stream that ended and a write whose sources were asked leave no connection open", async () => {
  const control = fakeControl();
  control.put(fakeApp("argocd", "web"));
  const api = startFakeApi(control, { before: sooner });
  const body = JSON.stringify(fakeApp("argocd", "later"));
  const asks = [
    "GET /api/holdfast/v1/fleet/diff HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n",
    `POST /api/v1/applications HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${body}`,
  ];
  const asked = asks.map((text) => {
    const one = { said: "", isOver: false };
    const socket = connect(Number(new URL(api.url).port), "127.0.0.1", () => socket.write(text));
    socket
      .on("data", (bytes) => (one.said += bytes.toString("latin1")))
      .once("close", () => (one.isOver = true));
    return one;
  });
  await eventually("both are closed", () => asked.every(({ isOver }) => isOver), 20_000);
  expect(asked[0]?.said).toContain('{"is":"end"}');
  expect(asked.map(({ said }) => said.slice(0, 15))).toEqual(["HTTP/1.1 200 OK", "HTTP/1.1 200 OK"]);
  await api.stop();
}, 60_000);
