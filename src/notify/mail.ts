import { createTransport } from "nodemailer";
import { codeOf, messageOf } from "../lib/caught.ts";
import { printable } from "../lib/printable.ts";
import type { NotifierRequest } from "../plugin/contract.ts";
import type { Sent } from "./sent.ts";

/** How a certificate of one's own authority comes to be trusted: there is no setting for it. */
export const TRUSTED = "Start the daemon with NODE_EXTRA_CA_CERTS, the file of the authority that issued it";
const PATIENCE_MS = 20_000;

/** One mail by one connection. A server's 4xx is for later, its 5xx for ever. Never throws. */
export async function sendMail(
  { server, mail }: NotifierRequest & { by: "mail" },
  signal: AbortSignal,
): Promise<Sent> {
  const { host, port, tls, username, password } = server;
  const transport = createTransport({
    host,
    port,
    secure: tls === "implicit",
    requireTLS: tls === "required",
    ignoreTLS: tls === "none",
    ...(username === undefined || password === undefined ? {} : { auth: { user: username, pass: password } }),
    connectionTimeout: PATIENCE_MS,
    greetingTimeout: PATIENCE_MS,
    socketTimeout: PATIENCE_MS,
    // Nothing of what it sends is read from this machine or fetched from elsewhere.
    disableFileAccess: true,
    disableUrlAccess: true,
    logger: false,
  });
  const end = (): void => transport.close();
  signal.addEventListener("abort", end, { once: true });
  try {
    const { from, to, subject, text, html, messageId } = mail;
    // Whoever is away answers no program: RFC 3834.
    const headers = { "Auto-Submitted": "auto-generated" };
    await transport.sendMail({ from, to, subject, text, html, messageId, headers });
    return { is: "sent", text: "the mail server took it" };
  } catch (cause) {
    return { is: "failed", why: whyOf(cause), again: isForEver(cause) ? "never" : "later" };
  } finally {
    signal.removeEventListener("abort", end);
    transport.close();
  }
}

function responseCode(cause: unknown): number {
  const code = (cause as { responseCode?: unknown } | null)?.responseCode;
  return typeof code === "number" ? code : 0;
}

/** Who may not sign in today may tomorrow: the operator mends it. */
function isForEver(cause: unknown): boolean {
  return responseCode(cause) >= 500 && codeOf(cause) !== "EAUTH";
}

const WORDS: Readonly<Record<string, string>> = {
  ECONNREFUSED: "nothing listens at the mail server's address",
  ECONNECTION: "the mail server cannot be reached",
  ESOCKET: "the connection to the mail server failed",
  EDNS: "the mail server's name is not found",
  ETIMEDOUT: "the mail server does not answer",
  EAUTH: "the mail server refuses the user name and password",
  ETLS: "the mail server offers no TLS that can be trusted. Write tls: none only where nobody listens in",
};

function whyOf(cause: unknown): string {
  const said = printable(messageOf(cause));
  if (/certificate/i.test(said))
    return `the mail server's certificate is not trusted (${said}). ${TRUSTED}, or use the name that it is for`;
  const word = WORDS[codeOf(cause)];
  return word === undefined ? said : `${word} (${said})`;
}
