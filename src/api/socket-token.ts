import { TOKEN_PROTOCOL } from "../core/model/terminal-line.ts";

/** A request for a WebSocket with the token that its page has, where a token is looked for. Any other one as it is. */
export function withTokenOfSocket(request: Request): Request {
  const protocols = request.headers.get("sec-websocket-protocol");
  if (protocols === null || request.headers.has("authorization")) return request;
  const shown = protocols.split(",").find((one) => one.trim().startsWith(TOKEN_PROTOCOL));
  if (shown === undefined) return request;
  const token = Buffer.from(shown.trim().slice(TOKEN_PROTOCOL.length), "base64url").toString();
  const headers = new Headers(request.headers);
  // What no header may hold is no token.
  if (/^[\x21-\x7e]+$/.test(token)) headers.set("authorization", `Bearer ${token}`);
  return new Request(request.url, { method: request.method, headers });
}
