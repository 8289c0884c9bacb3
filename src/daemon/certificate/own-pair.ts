import { chmodSync, mkdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { isIPv4 } from "node:net";
import { join } from "node:path";
import { readRegularFile } from "../../config/read-regular-file.ts";
import { issueCertificate } from "../../lib/issue-certificate.ts";
import { plainIp } from "../../lib/network-list.ts";
import { type Pair, pairOf } from "./pair.ts";

const DAY_MS = 86_400_000;
/** Browsers take none that is valid for longer than 398 days. */
const VALID_DAYS = 365;
const RENEW_DAYS = 30;
/** Key and certificate in one file: nobody ever reads one of them without the other. */
const FILE = "self-signed.pem";
const ALWAYS = ["localhost", "127.0.0.1", "::1"];

/**
 * The certificate of our own making: the one that is kept, or where it is not for these names, ends within 30 days or
 * cannot be used, a new one with the key that was kept.
 *
 * @param folder made where it is not there, for its owner alone
 * @param names DNS names and addresses, besides those of loopback
 * @throws where the folder takes no file
 */
export function ownPair(folder: string, names: readonly string[], nowMs: number): Pair {
  const wanted = [...new Set([...ALWAYS, ...names.map((name) => plainIp(name) ?? name.toLowerCase())])];
  const file = join(folder, FILE);
  const kept = readKept(file);
  if (kept !== undefined && holds(kept, wanted, nowMs)) {
    chmodSync(file, 0o600);
    return kept;
  }
  const { certificate, key } = issueCertificate({
    commonName: names[0] ?? "holdfast",
    names: wanted.map((name) => (plainIp(name) === undefined ? name : bytesOf(name))),
    uses: ["server"],
    nowMs,
    days: VALID_DAYS,
    ...(kept === undefined ? {} : { key: kept.key }),
  });
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const fresh = join(folder, `.${FILE}.${process.pid}`);
  rmSync(fresh, { force: true });
  writeFileSync(fresh, key + certificate, { mode: 0o600, flag: "wx", flush: true });
  renameSync(fresh, file);
  const made = pairOf(certificate, key);
  if (made.is === "wrong") throw new Error(`the certificate that was made ${made.why}`);
  return made.pair;
}

function holds({ names, fromMs, untilMs }: Pair, wanted: readonly string[], nowMs: number): boolean {
  const said = names
    .map((name) => name.replace(/^(DNS|IP Address):/, ""))
    .map((name) => plainIp(name) ?? name);
  return (
    fromMs <= nowMs && untilMs - nowMs > RENEW_DAYS * DAY_MS && wanted.every((name) => said.includes(name))
  );
}

function readKept(file: string): Pair | undefined {
  const read = readRegularFile(file);
  if (read.is === "unreadable") return undefined;
  const text = new TextDecoder().decode(read.bytes);
  const at = text.indexOf("-----BEGIN CERTIFICATE-----");
  const pair = pairOf(text.slice(Math.max(at, 0)), text.slice(0, Math.max(at, 0)));
  return pair.is === "pair" ? pair.pair : undefined;
}

/** 4 or 16. */
function bytesOf(address: string): Uint8Array {
  if (isIPv4(address)) return Uint8Array.from(address.split(".").map(Number));
  const [head = "", tail] = address.split("::");
  const groups = (text: string): number[] =>
    text === "" ? [] : text.split(":").map((group) => Number.parseInt(group, 16));
  const [before, after] = [groups(head), groups(tail ?? "")];
  const all = [...before, ...new Array<number>(8 - before.length - after.length).fill(0), ...after];
  return Uint8Array.from(all.flatMap((group) => [group >> 8, group & 255]));
}
