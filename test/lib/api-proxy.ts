/** A proxy before an API server that delays, cuts, stalls and lies as a test tells it to. TLS with an authority of its own. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import type { IncomingMessage, ServerResponse } from "node:http";
import { createServer } from "node:https";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { readKubeconfig } from "../../src/cluster/kubeconfig.ts";
import { makeCertificates } from "./certificates.ts";

export interface ProxiedRequest {
  method: string;
  /** With query. */
  path: string;
  isWatch: boolean;
  /** Milliseconds since the proxy began. */
  at: number;
  authorization: string | undefined;
}

/** What happens to a request instead of, or besides, being passed on. */
export type Fault =
  | { do: "answer"; status: number; headers?: Record<string, string>; body?: unknown }
  /** The connection ends before the server hears of it. */
  | { do: "cut" }
  /** It is passed on later. */
  | { do: "delay"; ms: number }
  /** Nobody hears of it, and nobody says so. */
  | { do: "hang" }
  /** The server does it; its answer never arrives. */
  | { do: "cut-answer" }
  /** The server does it; whoever asked waits for the answer until it goes away. */
  | { do: "hold-answer" }
  /** The API server's answer is changed by hand. */
  | {
      do: "rewrite";
      with: (body: Record<string, unknown>, request: ProxiedRequest) => Record<string, unknown>;
    }
  /** The server does it; its answer ends in its middle. */
  | { do: "truncate" }
  /** Another server is asked in its place, by an administrator's kubeconfig (its path). */
  | { do: "lead"; to: string }
  /** A watch says each of its events so many times. */
  | { do: "tell"; times: (event: { type: string; object: Record<string, unknown> }) => number }
  /** A watch is opened, says this one line and then ends. */
  | { do: "say"; line: unknown };

export interface ApiProxy {
  /** Path of a kubeconfig that leads here and needs no credentials. */
  kubeconfig: string;
  requests: ProxiedRequest[];
  /** @param times how many matching requests; then it is over. @returns ends it before */
  inject(match: (request: ProxiedRequest) => boolean, fault: Fault, times?: number): () => void;
  openWatches(): number;
  /** Paths of the open watches, with query. */
  watching(): string[];
  /** Requests that hang. */
  hanging(): number;
  /** Ends every connection. */
  cutAll(): void;
  /** Ends every open watch without a word. */
  cutWatches(): void;
  /** Open watches stay open and say nothing any more. */
  stallWatches(): void;
  /** Open watches stay open and say empty lines only, as from a server that has nothing to tell. */
  muteWatches(): void;
  stop(): Promise<void>;
}

interface Injected {
  match: (request: ProxiedRequest) => boolean;
  fault: Fault;
  left: number;
}

/** @param upstream path of an administrator's kubeconfig */
export async function startApiProxy(upstream: string): Promise<ApiProxy> {
  const hanging = new Set<IncomingMessage>();
  const known = new Map<string, ReturnType<typeof readKubeconfig>>();
  const serverAt = (file: string): ReturnType<typeof readKubeconfig> => {
    const it = known.get(file) ?? readKubeconfig({ file }, undefined, "operator");
    known.set(file, it);
    return it;
  };
  const certificates = await makeCertificates(["localhost"]);
  const requests: ProxiedRequest[] = [];
  let injected: Injected[] = [];
  const watches = new Set<{
    response: ServerResponse;
    ending: AbortController;
    path: string;
    says: "everything" | "nothing" | "blanks";
  }>();
  const began = performance.now();

  async function pass(
    incoming: IncomingMessage,
    request: ProxiedRequest,
    ending: AbortController,
    to: string,
  ): Promise<Response> {
    const { server, tls, proof } = serverAt(to);
    const chunks: Uint8Array[] = [];
    for await (const chunk of incoming) chunks.push(chunk as Uint8Array);
    const headers: Record<string, string> =
      proof.by === "token" ? { authorization: `Bearer ${proof.token}` } : {};
    for (const name of ["accept", "content-type", "if-none-match", "user-agent"]) {
      const value = incoming.headers[name];
      if (typeof value === "string") headers[name] = value;
    }
    return await fetch(server + request.path, {
      method: request.method,
      headers,
      tls,
      signal: ending.signal,
      timeout: false,
      ...(chunks.length === 0 ? {} : { body: Buffer.concat(chunks) }),
    });
  }

  async function answer(incoming: IncomingMessage, response: ServerResponse): Promise<void> {
    const path = incoming.url ?? "/";
    const request: ProxiedRequest = {
      method: incoming.method ?? "GET",
      path,
      isWatch: /[?&]watch=1/.test(path),
      at: performance.now() - began,
      authorization: incoming.headers.authorization,
    };
    requests.push(request);
    const found = injected.find(({ match }) => match(request));
    if (found !== undefined && --found.left <= 0) injected = injected.filter((one) => one !== found);
    const fault = found?.fault;
    if (fault?.do === "hang") {
      hanging.add(incoming);
      response.on("close", () => hanging.delete(incoming));
      return;
    }
    if (fault?.do === "cut") return void incoming.socket.destroy();
    if (fault?.do === "answer") {
      response.writeHead(fault.status, { "content-type": "application/json", ...fault.headers });
      return void response.end(fault.body === undefined ? "" : JSON.stringify(fault.body));
    }
    if (fault?.do === "say") {
      response.writeHead(200, { "content-type": "application/json" });
      return void response.end(`${JSON.stringify(fault.line)}\n`);
    }
    if (fault?.do === "delay") await Bun.sleep(fault.ms);
    const ending = new AbortController();
    response.on("close", () => ending.abort());
    const upstreamAnswer = await pass(incoming, request, ending, fault?.do === "lead" ? fault.to : upstream);
    const headers: Record<string, string> = {};
    for (const name of ["content-type", "etag", "warning", "retry-after"]) {
      const value = upstreamAnswer.headers.get(name);
      if (value !== null) headers[name] = value;
    }
    if (!request.isWatch) {
      const text = await upstreamAnswer.text();
      if (fault?.do === "cut-answer") return void incoming.socket.destroy();
      if (fault?.do === "hold-answer") return;
      if (fault?.do === "truncate") {
        const bytes = Buffer.from(text);
        response.writeHead(upstreamAnswer.status, { ...headers, "content-length": bytes.length });
        response.write(bytes.subarray(0, bytes.length / 2));
        return void incoming.socket.destroySoon();
      }
      response.writeHead(upstreamAnswer.status, headers);
      return void response.end(
        fault?.do === "rewrite"
          ? JSON.stringify(fault.with(JSON.parse(text) as Record<string, unknown>, request))
          : text,
      );
    }
    const watch: typeof watches extends Set<infer W> ? W : never = {
      response,
      ending,
      path,
      says: "everything",
    };
    watches.add(watch);
    const blanks = setInterval(() => {
      if (watch.says === "blanks") response.write("\n");
    }, 50);
    response.writeHead(upstreamAnswer.status, headers);
    response.flushHeaders();
    const told = fault?.do === "tell" ? retold(fault.times) : (chunk: Uint8Array) => chunk;
    try {
      if (upstreamAnswer.body !== null)
        for await (const chunk of upstreamAnswer.body as unknown as AsyncIterable<Uint8Array>)
          if (watch.says === "everything") response.write(told(chunk));
      if (watch.says === "everything") response.end();
    } finally {
      clearInterval(blanks);
      watches.delete(watch);
    }
  }

  const listener = createServer({ key: certificates.key, cert: certificates.cert }, (incoming, response) => {
    answer(incoming, response).catch((cause: unknown) => {
      // A watch that was cut ends here; anything else the client sees as a cut.
      incoming.socket.destroy(cause instanceof Error ? undefined : new Error(String(cause)));
    });
  });
  await new Promise<void>((done) => listener.listen(0, "127.0.0.1", done));
  const port = (listener.address() as AddressInfo).port;
  const dir = mkdtempSync(join(tmpdir(), "holdfast-proxy-"));
  const kubeconfig = join(dir, "kubeconfig");
  writeFileSync(
    kubeconfig,
    JSON.stringify({
      apiVersion: "v1",
      kind: "Config",
      "current-context": "proxy",
      clusters: [
        {
          name: "proxy",
          cluster: {
            server: `https://localhost:${port}`,
            "certificate-authority-data": Buffer.from(certificates.ca).toString("base64"),
          },
        },
      ],
      users: [{ name: "nobody", user: {} }],
      contexts: [{ name: "proxy", context: { cluster: "proxy", user: "nobody" } }],
    }),
  );
  return {
    kubeconfig,
    requests,
    inject(match, fault, times = Infinity) {
      const one = { match, fault, left: times };
      injected.push(one);
      return () => (injected = injected.filter((other) => other !== one));
    },
    openWatches: () => watches.size,
    hanging: () => hanging.size,
    cutAll() {
      for (const { ending } of watches) ending.abort();
      listener.closeAllConnections();
    },
    watching: () => [...watches].map(({ path }) => path),
    cutWatches() {
      for (const { response, ending } of watches) {
        ending.abort();
        response.socket?.destroy();
      }
    },
    stallWatches() {
      for (const watch of watches) watch.says = "nothing";
    },
    muteWatches() {
      for (const watch of watches) watch.says = "blanks";
    },
    async stop() {
      const closed = new Promise<void>((done) => listener.close(() => done()));
      const endAll = (): void => {
        for (const { response, ending } of watches) {
          ending.abort();
          response.socket?.destroy();
        }
        listener.closeAllConnections();
      };
      endAll();
      // One whose handshake is under way is no connection yet: once it is, whoever watches by it would be waited for.
      const again = setInterval(endAll, 20);
      await closed;
      clearInterval(again);
      rmSync(dir, { recursive: true, force: true });
    },
  };
}

/** Lines as often as they are to be said; the rest of a line that is not whole yet waits. */
function retold(
  times: (event: { type: string; object: Record<string, unknown> }) => number,
): (chunk: Uint8Array) => Uint8Array {
  const decoder = new TextDecoder();
  let rest = "";
  return (chunk) => {
    const lines = (rest + decoder.decode(chunk, { stream: true })).split("\n");
    rest = lines.pop() ?? "";
    const said = lines.map((line) =>
      `${line}\n`.repeat(
        line === "" ? 1 : times(JSON.parse(line) as { type: string; object: Record<string, unknown> }),
      ),
    );
    return Buffer.from(said.join(""));
  };
}
