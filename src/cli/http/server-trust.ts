/** Servers whose certificate no authority of this machine speaks for. */
import { X509Certificate } from "node:crypto";
import { readFile } from "node:fs/promises";
import { checkServerIdentity, connect, type PeerCertificate } from "node:tls";
import { messageOf } from "../../lib/caught.ts";
import { whyNoCertificates } from "../../lib/check-pem.ts";
import { defined } from "../../lib/defined.ts";
import { fingerprintsOf } from "../../lib/fingerprints.ts";
import { CliError } from "../cli-error.ts";
import { EXIT } from "../exit-codes.ts";
import { unreachable } from "./unreachable.ts";

/** By what a server is taken for the right one. */
export interface ServerTrust {
  /** PEM of authorities, in place of the machine's: a file, or the text itself. */
  caFile?: string;
  ca?: string;
  /** Of its certificate or of its key, as `parseFingerprint` writes it. */
  fingerprint?: string;
}

/** For `tls` of fetch. */
export interface TrustOptions {
  ca?: string;
  checkServerIdentity?: (host: string, shown: PeerCertificate) => Error | undefined;
}

/**
 * A certificate that signs itself is trusted by its fingerprint alone, whatever names are in it; one of an authority
 * needs the authority's trust, and its name, as well.
 *
 * @throws {CliError} usage where the file or the address is none that can be used; unreachable where another one is shown
 */
export async function trustOptions(url: string, trust: ServerTrust): Promise<TrustOptions> {
  const { caFile, fingerprint } = trust;
  if (!url.startsWith("https:"))
    throw new CliError(EXIT.usage, `${url} speaks no TLS, so that it shows no certificate.`, [
      "Name it with https://, or leave --ca-file and --fingerprint out.",
    ]);
  const ca = caFile === undefined ? trust.ca : await authorities(caFile);
  if (fingerprint === undefined) return defined({ ca });
  const shown = await certificateAt(url);
  const other = otherThan(fingerprint, shown);
  if (other !== undefined)
    throw new CliError(EXIT.unreachable, `Cannot trust ${url}: ${other}.`, [
      `Expected was ${fingerprint}.`,
      "Somebody may be in between. Where the certificate was changed: its fingerprint is in the daemon's log, in the line holdfast is up; log in again with that one by --fingerprint.",
    ]);
  // Not by checkIssued(): that of a mere server may not sign any, itself included.
  const isOwn = shown.issuer === shown.subject && shown.verify(shown.publicKey);
  return {
    ...defined({ ca: isOwn ? shown.toString() : ca }),
    checkServerIdentity(host, peer) {
      const why = otherThan(fingerprint, new X509Certificate(peer.raw));
      if (why !== undefined) return new Error(why);
      return isOwn ? undefined : checkServerIdentity(host, peer);
    },
  };
}

function otherThan(fingerprint: string, shown: X509Certificate): string | undefined {
  const { certificate, key } = fingerprintsOf(shown);
  return fingerprint === certificate || fingerprint === key
    ? undefined
    : `its certificate has the fingerprint ${certificate}, and its key ${key}`;
}

/** @throws {CliError} usage where it is no file of certificates */
export async function authorities(file: string): Promise<string> {
  let text: string;
  try {
    text = await readFile(file, "utf8");
  } catch (cause) {
    throw new CliError(EXIT.usage, `--ca-file ${file} cannot be read: ${messageOf(cause)}.`, [], { cause });
  }
  const why = whyNoCertificates(text);
  if (why !== undefined) throw new CliError(EXIT.usage, `--ca-file ${file} ${why}.`);
  return text;
}

const ANSWER_MS = 30_000;

/** What it shows, whether it is to be trusted or not: nothing is sent there. */
function certificateAt(url: string): Promise<X509Certificate> {
  const { hostname, port } = new URL(url);
  const host = hostname.replace(/^\[|\]$/g, "");
  const { promise, resolve, reject } = Promise.withResolvers<X509Certificate>();
  const socket = connect({
    host,
    port: Number(port || 443),
    rejectUnauthorized: false,
    // An address is no name that could be asked for.
    ...(/^[\d.]+$|:/.test(host) ? {} : { servername: host }),
  });
  socket.setTimeout(ANSWER_MS, () => socket.destroy(new Error("connection timed out")));
  socket.once("error", (cause) => reject(unreachable(url, cause)));
  socket.once("secureConnect", () => {
    resolve(new X509Certificate(socket.getPeerCertificate().raw));
    socket.destroy();
  });
  return promise;
}
