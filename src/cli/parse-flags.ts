import { InvalidArgumentError } from "commander";
import type { SyncResource } from "../core/model/operation.ts";
import { parseDurationMs } from "../lib/duration.ts";
import { parseFingerprint } from "../lib/fingerprints.ts";

/** `90`, `90s`, `5m`: milliseconds. */
export function durationFlag(text: string): number {
  const ms = parseDurationMs(text);
  if (ms === undefined) throw new InvalidArgumentError("Write seconds, or a duration such as 90s or 5m.");
  return ms;
}

export function wholeNumberFlag(text: string): number {
  if (!/^-?\d{1,9}$/.test(text)) throw new InvalidArgumentError("Write a whole number.");
  return Number(text);
}

/** How many, where none would mean nothing. */
export function countFlag(text: string): number {
  if (!/^[1-9]\d{0,8}$/.test(text)) throw new InvalidArgumentError("Write a whole number from 1.");
  return Number(text);
}

export function portFlag(text: string): number {
  const port = /^\d{1,5}$/.test(text) ? Number(text) : 0;
  if (port < 1 || port > 65_535) throw new InvalidArgumentError("Write a port from 1 to 65535.");
  return port;
}

/** A duration that is sent on as it is written. */
export function durationTextFlag(text: string): string {
  durationFlag(text);
  return text;
}

export function runFlag(text: string): number {
  if (!/^[1-9]\d{0,14}$/.test(text)) throw new InvalidArgumentError("Write the number of a run.");
  return Number(text);
}

/** Of sources, from 1; for a flag that may be repeated, each with commas. */
export function positionFlag(text: string, before: number[] | undefined): number[] {
  return [...(before ?? []), ...text.split(",").map((part) => countFlag(part.trim()))];
}

export function fingerprintFlag(text: string): string {
  const fingerprint = parseFingerprint(text);
  if (fingerprint === undefined)
    throw new InvalidArgumentError("Write it like SHA256:AB:CD:…, 64 digits of base 16.");
  return fingerprint;
}

/** For flags that may be repeated. */
export function repeated(text: string, before: string[] | undefined): string[] {
  return [...(before ?? []), text];
}

/** As `repeated`, each with commas, and each of the words that there are, in any case. */
export function wordsFlag(
  known: readonly string[],
): (text: string, before: string[] | undefined) => string[] {
  return (text, before) => {
    const words = text
      .split(",")
      .map((part) => part.trim().toLowerCase())
      .filter((part) => part !== "");
    const wrong = words.find((word) => !known.includes(word));
    if (wrong !== undefined)
      throw new InvalidArgumentError(`It knows ${known.join(", ")}, and not ${wrong}.`);
    return [...(before ?? []), ...words];
  };
}

/** `GROUP:KIND:NAME`, `GROUP:KIND:NAMESPACE/NAME`, with `!` before it to leave out; `*` globs. The core group is empty: `:Service:web`. */
export function resourceFlag(text: string, before: SyncResource[] | undefined): SyncResource[] {
  const exclude = text.startsWith("!");
  const [group, kind, place, ...rest] = text.slice(exclude ? 1 : 0).split(":");
  if (
    group === undefined ||
    kind === undefined ||
    kind === "" ||
    place === undefined ||
    place === "" ||
    rest.length > 0
  ) {
    throw new InvalidArgumentError(
      "Write GROUP:KIND:NAME or GROUP:KIND:NAMESPACE/NAME, such as apps:Deployment:web or :Service:shop/web.",
    );
  }
  const version = /^(?:(.*)\/)?v\d+(?:(?:alpha|beta)\d+)?$/.exec(group);
  if (version !== null)
    throw new InvalidArgumentError(
      `${group} holds a version, and a group has none. Write ${exclude ? "!" : ""}${version[1] ?? ""}:${kind}:${place}.`,
    );
  const slash = place.indexOf("/");
  return [
    ...(before ?? []),
    {
      group,
      kind,
      name: place.slice(slash + 1),
      ...(slash < 0 ? {} : { namespace: place.slice(0, slash) }),
      ...(exclude ? { exclude: true } : {}),
    },
  ];
}

/** `name=value`. */
export function pairFlag(
  text: string,
  before: { name: string; value: string }[] | undefined,
): { name: string; value: string }[] {
  const at = text.indexOf("=");
  if (at < 1) throw new InvalidArgumentError("Write name=value.");
  return [...(before ?? []), { name: text.slice(0, at), value: text.slice(at + 1) }];
}
