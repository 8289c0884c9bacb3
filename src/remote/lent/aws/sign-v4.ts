/**
 * AWS Signature Version 4 of a POST without a question in its address. Of our own: a library would bring its own way to
 * fetch and to try again, and what is left without them is this.
 * Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
 */
import { createHmac } from "node:crypto";
import { defined } from "../../../lib/defined.ts";
import { hashSha256 } from "../../../lib/hash.ts";

export interface AwsCredentials {
  id: string;
  secret: string;
  /** Of those that count for a while. */
  session?: string;
}

export interface ToSign {
  url: string;
  /** Beside `Host` and those that signing adds; all are signed. */
  headers: Readonly<Record<string, string>>;
  body: string;
  /** As its endpoint signs: `codecommit`. */
  service: string;
  region: string;
  /** Milliseconds since 1970. */
  nowMs: number;
}

const ALGORITHM = "AWS4-HMAC-SHA256";

/** The headers to send, but `Host`. */
export function signedHeaders(
  { id, secret, session }: AwsCredentials,
  { url, headers, body, service, region, nowMs }: ToSign,
): Record<string, string> {
  const at = new Date(nowMs).toISOString().replace(/[-:]|\.\d{3}/g, "");
  const day = at.slice(0, 8);
  const { host, pathname } = new URL(url);
  const sent = { ...headers, "X-Amz-Date": at, ...defined({ "X-Amz-Security-Token": session }) };
  const all = Object.entries({ ...sent, Host: host })
    .map(([name, value]) => [name.toLowerCase(), value.trim().replace(/ +/g, " ")] as const)
    .sort(([one], [other]) => (one < other ? -1 : 1));
  const names = all.map(([name]) => name).join(";");
  const lines = all.map(([name, value]) => `${name}:${value}\n`).join("");
  const asked = ["POST", pathname, "", lines, names, hashSha256(body)].join("\n");
  const scope = [day, region, service, "aws4_request"].join("/");
  const key = [day, region, service, "aws4_request"].reduce<string | Buffer>(
    (before, part) => hmac(before, part),
    `AWS4${secret}`,
  );
  const signature = hmac(key, [ALGORITHM, at, scope, hashSha256(asked)].join("\n")).toString("hex");
  return {
    ...sent,
    Authorization: `${ALGORITHM} Credential=${id}/${scope}, SignedHeaders=${names}, Signature=${signature}`,
  };
}

function hmac(key: string | Buffer, text: string): Buffer {
  return createHmac("sha256", key).update(text).digest();
}
