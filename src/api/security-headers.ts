/** On every reply, errors included. Source: security-and-reliability 4.2. */
const HEADERS: Readonly<Record<string, string>> = {
  "content-security-policy":
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; connect-src 'self'; " +
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'",
  "x-content-type-options": "nosniff",
  "x-frame-options": "DENY",
  "referrer-policy": "no-referrer",
  "cross-origin-opener-policy": "same-origin",
  "cross-origin-resource-policy": "same-origin",
  "permissions-policy": "camera=(), display-capture=(), geolocation=(), microphone=(), payment=(), usb=()",
};

const SHOWN_BY = "cross-origin-resource-policy";

/** @param hsts whether browsers are to ask this host by TLS alone from now on */
export function withSecurityHeaders(reply: Response, hsts: "sent" | "left out"): Response {
  // What pages elsewhere show says so itself.
  const shownBy = reply.headers.get(SHOWN_BY);
  for (const [name, value] of Object.entries(HEADERS)) reply.headers.set(name, value);
  if (shownBy !== null) reply.headers.set(SHOWN_BY, shownBy);
  if (hsts === "sent") reply.headers.set("strict-transport-security", "max-age=31536000");
  if (!reply.headers.has("cache-control")) reply.headers.set("cache-control", "no-store");
  return reply;
}
