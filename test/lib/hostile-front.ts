/** What stands on HTTPS before an honest server, and lies where a test wants it to. */
export interface Front {
  /** `https://127.0.0.1:port` */
  origin: string;
  requests: { path: string; authorization: string | null }[];
  /** In place of the honest answer. */
  lie: ((request: Request, honest: () => Promise<Response>) => Response | Promise<Response>) | undefined;
  stop(): Promise<void>;
}

export function startFront(
  honest: (request: Request, origin: string) => Promise<Response>,
  tls: { cert: string; key: string },
  port = 0,
): Front {
  const front: Front = {
    origin: "",
    requests: [],
    lie: undefined,
    stop: async () => void (await server.stop(true)),
  };
  const server = Bun.serve({
    hostname: "127.0.0.1",
    port,
    idleTimeout: 0,
    tls,
    async fetch(request) {
      const { pathname, search } = new URL(request.url);
      front.requests.push({
        path: `${pathname}${search}`,
        authorization: request.headers.get("authorization"),
      });
      const truth = (): Promise<Response> => honest(request, front.origin);
      return front.lie?.(request, truth) ?? truth();
    },
  });
  front.origin = `https://127.0.0.1:${server.port}`;
  return front;
}

/** Hands a request on to a server without TLS. */
export async function handOn(request: Request, origin: string): Promise<Response> {
  const { pathname, search } = new URL(request.url);
  const headers = new Headers(request.headers);
  headers.delete("host");
  return fetch(`${origin}${pathname}${search}`, {
    method: request.method,
    headers,
    redirect: "manual",
    ...(request.method === "POST" ? { body: await request.arrayBuffer() } : {}),
  });
}

export function endless(): Response {
  const chunk = new Uint8Array(1 << 20).fill(97);
  return new Response(
    new ReadableStream({
      async pull(controller) {
        await Bun.sleep(1);
        controller.enqueue(chunk);
      },
    }),
  );
}

/** The first half of an honest answer, and then the end. */
export async function half(honest: () => Promise<Response>): Promise<Response> {
  const answer = await honest();
  const body = new Uint8Array(await answer.arrayBuffer());
  const headers = new Headers(answer.headers);
  for (const name of ["content-length", "content-encoding", "transfer-encoding"]) headers.delete(name);
  return new Response(body.subarray(0, Math.floor(body.length / 2)), { status: answer.status, headers });
}
