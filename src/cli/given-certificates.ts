/** Certificates and host keys as somebody gives them, and as the API takes them. */
import { readCertificates, whyNoCertificates } from "../lib/check-pem.ts";
import { hostKeysIn } from "../lib/known-hosts.ts";
import { CliError } from "./cli-error.ts";
import { EXIT } from "./exit-codes.ts";

/** As `/api/v1/certificates` has them. */
export interface CertificateItem {
  serverName: string;
  certType: "ssh" | "https";
  certSubType: string;
  /** In base64. */
  certData: string;
  certInfo?: string;
  holdfast?: { keptIn?: string };
}

export const CERTIFICATES = "/api/v1/certificates";

/**
 * @param from where the text was read, for errors
 * @throws {CliError} invalid where it holds no certificate, or a private key, which is not sent anywhere
 */
export function tlsItem(serverName: string, text: string, from: string): CertificateItem {
  const refused = (what: string, next: string): CliError => new CliError(EXIT.invalid, what, [next]);
  if (/-----BEGIN [A-Z ]*PRIVATE KEY-----/.test(text))
    throw refused(
      `${from} holds a private key, which was not sent.`,
      "Give the certificate alone, and where the key has been seen by others make a new one.",
    );
  const none = whyNoCertificates(text);
  if (none !== undefined)
    throw refused(`${from} ${none}.`, "Give the certificate of the server's authority in PEM.");
  const pem = readCertificates(text).map((one) => `${one.pem}\n`);
  return {
    ...{ serverName, certType: "https", certSubType: "" },
    certData: Buffer.from(pem.join("")).toString("base64"),
  };
}

/** @throws {CliError} invalid where no line is one of a key, or one says what is not taken */
export function sshItems(text: string, from: string): CertificateItem[] {
  const marked = text.split("\n").find((line) => line.trim().startsWith("@"));
  if (marked !== undefined)
    throw new CliError(
      EXIT.invalid,
      `${from} has a line with a mark, ${marked.trim().split(/\s+/)[0]}, which is not taken.`,
      ["Give lines of keys alone, as ssh-keyscan prints them."],
    );
  const items = hostKeysIn(text).map(
    ({ host, keyType, key }): CertificateItem => ({
      ...{ serverName: host, certType: "ssh", certSubType: keyType },
      certData: Buffer.from(key).toString("base64"),
    }),
  );
  if (items.length > 0) return items;
  throw new CliError(EXIT.invalid, `${from} holds no key of a host.`, [
    "Give the lines of `ssh-keyscan HOST`, once checked.",
  ]);
}
