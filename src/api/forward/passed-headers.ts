import { UNTOUCHED_HEADER, VERSION_HEADER } from "./from-peers.ts";
import { SEAL_HEADER } from "./seal.ts";

/** Of one connection: https://www.rfc-editor.org/rfc/rfc9110#section-7.6.1 */
const OF_CONNECTION = [
  ...["connection", "keep-alive", "proxy-connection", "proxy-authenticate", "proxy-authorization"],
  ...["te", "trailer", "transfer-encoding", "upgrade", "expect"],
];
/** Said by the seal, and by nobody else. */
const OF_ARRIVAL = ["x-forwarded-for", "x-forwarded-host", "x-forwarded-proto", "forwarded", "x-real-ip"];
const OF_HANDSHAKE = ["sec-websocket-key", "sec-websocket-version", "sec-websocket-extensions"];

/** What of a request goes on to the leader. @param length that of the body is counted anew where one is sent */
export function passedOn(request: Request, seal: string): Headers {
  const headers = withoutHops(request.headers);
  for (const name of [...OF_ARRIVAL, ...OF_HANDSHAKE]) headers.delete(name);
  // The body is counted on its way; of a stream Bun says itself how it is sent.
  headers.delete("content-length");
  // What is left out Bun fills in with its own: another client's name, and answers packed that nobody asked to be.
  if (!headers.has("user-agent")) headers.set("user-agent", "");
  if (!headers.has("accept-encoding")) headers.set("accept-encoding", "identity");
  headers.set(SEAL_HEADER, seal);
  return headers;
}

/** What of the leader's answer goes back. */
export function passedBack(reply: Response): Headers {
  const headers = withoutHops(reply.headers);
  headers.delete(VERSION_HEADER);
  headers.delete(UNTOUCHED_HEADER);
  // As the API ends such a connection: whoever sends without end is not listened to without end.
  if (reply.status === 408 || reply.status === 413) headers.set("connection", "close");
  return headers;
}

function withoutHops(from: Headers): Headers {
  const headers = new Headers(from);
  const named = (from.get("connection") ?? "").split(",").map((name) => name.trim().toLowerCase());
  for (const name of [...OF_CONNECTION, ...named])
    if (/^[\w!#$%&'*+.^`|~-]+$/.test(name)) headers.delete(name);
  return headers;
}
