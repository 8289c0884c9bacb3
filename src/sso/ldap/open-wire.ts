/**
 * A connection to a directory, as secret as it is meant to be before anything is said on it. It is made here and not by
 * ldapts, which connects again by itself when a server hangs up: without StartTLS, and with the next password.
 */
import { connect, isIP, type Socket } from "node:net";
import { connect as secure } from "node:tls";
import type { LdapSignOn } from "../../core/model/sign-on.ts";
import { codeOf, messageOf } from "../../lib/caught.ts";
import { defined } from "../../lib/defined.ts";
import { printable } from "../../lib/printable.ts";
import { type ProviderShown, unanswered } from "../sign-on.ts";

const STEP = "connect to the directory";

/** @throws {Failure} */
export async function openWire(
  { url, wire, tls }: Pick<LdapSignOn, "url" | "wire" | "tls">,
  shown: ProviderShown,
  signal: AbortSignal,
): Promise<Socket> {
  const { hostname, port } = new URL(url);
  const host = hostname.replace(/^\[|\]$/g, "");
  const at = { host, port: port === "" ? (wire === "ldaps" ? 636 : 389) : Number(port) };
  const plain = connect(at);
  try {
    await happens(plain, "connect", signal);
    if (wire === "nothing") return plain;
    if (wire === "starttls") await askForTls(plain, shown, signal);
    const covered = secure({
      socket: plain,
      host,
      rejectUnauthorized: tls.check !== "nothing",
      ...(isIP(host) === 0 ? { servername: host } : {}),
      ...defined({ ca: tls.ca }),
    });
    await happens(covered, "secureConnect", signal);
    return covered;
  } catch (cause) {
    plain.destroy();
    if (signal.aborted) throw signal.reason;
    throw whyNotOpen(cause, shown);
  }
}

function whyNotOpen(cause: unknown, shown: ProviderShown): unknown {
  if (cause instanceof Error && cause.name === "Failure") return cause;
  const [code, message] = [codeOf(cause), messageOf(cause)];
  if (/CERT|SIGNATURE|ISSUER|ALTNAME/i.test(code) || /certificate/i.test(message))
    return unanswered(
      shown,
      STEP,
      `its certificate is not trusted (${code === "" ? printable(message) : code})`,
      "Give the authority's PEM as ca, or use the name that the certificate is for",
      cause,
    );
  const words: Record<string, string> = {
    ECONNREFUSED: "nothing listens there",
    ENOTFOUND: "its host was not found",
    ECONNRESET: "it closed the connection",
  };
  const why = Object.hasOwn(words, code)
    ? (words[code] as string)
    : `the connection failed (${printable(message)})`;
  return unanswered(shown, STEP, why, "Check the address, the network and the directory", cause);
}

/** ExtendedRequest 1.3.6.1.4.1.1466.20037 of message 1. Source: RFC 4511, 4.12 and 4.14. */
const START_TLS = Buffer.concat([
  Buffer.from("301d02010177188016", "hex"),
  Buffer.from("1.3.6.1.4.1.1466.20037"),
]);

/**
 * Not a byte may follow the answer: whatever is already there was written by somebody in between, and would be read as if it
 * had come through TLS.
 */
async function askForTls(socket: Socket, shown: ProviderShown, signal: AbortSignal): Promise<void> {
  socket.write(START_TLS);
  let got = Buffer.alloc(0);
  for (;;) {
    got = Buffer.concat([got, (await happens(socket, "data", signal)) as Buffer]);
    const answer = answerIn(got);
    if (answer === "not whole") continue;
    socket.pause();
    if (answer === "yes") return;
    throw unanswered(
      shown,
      STEP,
      answer === "no"
        ? "it does not offer StartTLS"
        : "it answered something else to StartTLS, or more than an answer",
      answer === "no"
        ? "Give the directory a certificate, or use ldaps"
        : "Look at what lies between here and the directory",
    );
  }
}

/** LDAPMessage { 1, ExtendedResponse { resultCode, … } }, in lengths of one byte or of more. */
function answerIn(bytes: Buffer): "yes" | "no" | "not whole" | "another one" {
  const whole = header(bytes, 0);
  if (whole === undefined) return "not whole";
  if (bytes[0] !== 0x30 || whole.end > 4_096) return "another one";
  if (bytes.length < whole.end) return "not whole";
  const at = whole.at;
  const isOfOne = bytes[at] === 2 && bytes[at + 1] === 1 && bytes[at + 2] === 1;
  const operation = header(bytes, at + 3);
  if (bytes.length !== whole.end || !isOfOne || bytes[at + 3] !== 0x78 || operation === undefined)
    return "another one";
  const result = operation.at;
  if (bytes[result] !== 0x0a || bytes[result + 1] !== 1) return "another one";
  return bytes[result + 2] === 0 ? "yes" : "no";
}

/** Where the content of an element begins and ends. */
function header(bytes: Buffer, at: number): { at: number; end: number } | undefined {
  const first = bytes[at + 1];
  if (first === undefined) return undefined;
  if (first < 0x80) return { at: at + 2, end: at + 2 + first };
  const size = first & 0x7f;
  if (size > 4) return { at, end: Number.POSITIVE_INFINITY };
  if (bytes.length < at + 2 + size) return undefined;
  const length = bytes.subarray(at + 2, at + 2 + size).reduce((sum, byte) => sum * 256 + byte, 0);
  return { at: at + 2 + size, end: at + 2 + size + length };
}

function happens(
  socket: Socket,
  event: "connect" | "secureConnect" | "data",
  signal: AbortSignal,
): Promise<unknown> {
  const { promise, resolve, reject } = Promise.withResolvers<unknown>();
  const closed = (): void =>
    reject(Object.assign(new Error("it closed the connection"), { code: "ECONNRESET" }));
  const aborted = (): void => reject(signal.reason);
  socket.once(event, resolve);
  socket.once("error", reject);
  socket.once("close", closed);
  signal.addEventListener("abort", aborted, { once: true });
  if (signal.aborted) aborted();
  return promise.finally(() => {
    socket.off(event, resolve);
    socket.off("error", reject);
    socket.off("close", closed);
    signal.removeEventListener("abort", aborted);
  });
}
