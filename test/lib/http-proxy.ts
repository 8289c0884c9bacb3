/** An HTTP proxy on loopback: tunnels and plain requests, and who asked for what. */
import { request as ask, createServer } from "node:http";
import { type AddressInfo, connect } from "node:net";

export interface HttpProxy {
  /** `127.0.0.1:port` */
  host: string;
  /** `CONNECT host:port`, or `GET http://…`. */
  asked: string[];
  stop(): Promise<void>;
}

/** @param login `user:password` that it wants */
export async function startHttpProxy(login?: string): Promise<HttpProxy> {
  const asked: string[] = [];
  const wants = login === undefined ? undefined : `Basic ${Buffer.from(login).toString("base64")}`;
  const mayPass = (header: string | undefined): boolean => wants === undefined || header === wants;
  const server = createServer((request, response) => {
    asked.push(`${request.method} ${request.url}`);
    if (!mayPass(request.headers["proxy-authorization"])) {
      response.writeHead(407, { "Proxy-Authenticate": "Basic" }).end();
      return;
    }
    const { "proxy-authorization": _, ...headers } = request.headers;
    const onward = ask(request.url ?? "", { method: request.method, headers }, (answer) => {
      response.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(response);
    });
    onward.on("error", () => response.destroy());
    request.pipe(onward);
  });
  server.on("connect", (request, socket, head) => {
    asked.push(`CONNECT ${request.url}`);
    if (!mayPass(request.headers["proxy-authorization"])) {
      socket.end("HTTP/1.1 407 Proxy Authentication Required\r\nProxy-Authenticate: Basic\r\n\r\n");
      return;
    }
    const { hostname, port } = new URL(`http://${request.url}`);
    const onward = connect(Number(port || 80), hostname, () => {
      socket.write("HTTP/1.1 200 Connection established\r\n\r\n");
      onward.write(head);
      onward.pipe(socket);
      socket.pipe(onward);
    });
    onward.on("error", () => socket.destroy());
    socket.on("error", () => onward.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    host: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    asked,
    stop: async () => {
      server.closeAllConnections();
      server.close();
    },
  };
}
