import { PLAIN_SESSION_COOKIE, SESSION_COOKIE } from "./who-asks.ts";

/** `plain`: HTTP without TLS, which is for loopback. */
export type Transport = "tls" | "plain";

/** A line of `Set-Cookie`; the session's own limits say how long it opens anything. */
export function sessionCookie(secret: string, transport: Transport): string {
  return line(secret, transport, "");
}

/** One that makes a browser forget it. */
export function noSessionCookie(transport: Transport): string {
  return line("", transport, "; Max-Age=0");
}

function line(value: string, transport: Transport, age: string): string {
  const [name, covered] = transport === "tls" ? [SESSION_COOKIE, "; Secure"] : [PLAIN_SESSION_COOKIE, ""];
  return `${name}=${value}; Path=/${age}; HttpOnly; SameSite=Strict${covered}`;
}
