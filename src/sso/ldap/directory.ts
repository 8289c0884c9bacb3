/** One conversation with a directory: on one connection, within its time, and never with a server that it refers to. */
import type { Socket } from "node:net";
import { Client, type Entry, NoSuchObjectError, ResultCodeError } from "ldapts";
import type { DirectoryEntry } from "../../core/access/identity-of-entry.ts";
import { Failure } from "../../core/model/failure.ts";
import type { Secret } from "../../core/model/secret.ts";
import type { LdapSignOn } from "../../core/model/sign-on.ts";
import { messageOf } from "../../lib/caught.ts";
import { printable } from "../../lib/printable.ts";
import { type ProviderShown, type SignOnStep, unanswered } from "../sign-on.ts";
import { openWire } from "./open-wire.ts";

const ANSWER_MS = 10_000;
const PAGE = 500;
/** Five thousand groups are some megabytes; the library keeps whatever comes. */
const MAX_BYTES = 16 << 20;
/** Source: RFC 4511, 4.1.9. */
const REFERRAL = 10;
/** Attributes of Active Directory that are bytes. */
const BYTES = ["objectGUID", "objectSid"];

export interface Search {
  base: string;
  scope: "base" | "sub";
  filter: string;
  attributes: readonly string[];
  /** `few`: two are enough to know that one is not the only one. `all`: each of them, or an error. */
  wanted: "few" | "all";
}

export class Directory {
  private constructor(
    readonly client: Client,
    readonly socket: Socket,
    readonly shown: ProviderShown,
  ) {}

  static async open(settings: LdapSignOn, shown: ProviderShown, signal: AbortSignal): Promise<Directory> {
    const socket = await openWire(settings, shown, signal);
    let given = false;
    const client = new Client({
      url: "ldap://directory",
      timeout: ANSWER_MS,
      createConnection: () => {
        if (given) throw new Error("it closed the connection");
        given = true;
        let left = MAX_BYTES;
        socket.on("data", (got: Uint8Array) => {
          left -= got.length;
          if (left < 0) socket.destroy(new Error(TOO_LONG));
        });
        socket.resume();
        return socket;
      },
    });
    signal.addEventListener("abort", () => socket.destroy(), { once: true });
    return new Directory(client, socket, shown);
  }

  /** @returns whether it is that password. An empty one would be taken for nobody's by many directories, and let in. */
  async bind(dn: string, password: Secret): Promise<"bound" | "refused"> {
    const text = password.reveal();
    if (text === "" || dn === "") return "refused";
    try {
      await this.client.bind(dn, text);
      return "bound";
    } catch (cause) {
      if (cause instanceof ResultCodeError && OF_THEM.includes(cause.code)) return "refused";
      throw this.#failure("check a password", cause);
    }
  }

  async search({ base, scope, filter, attributes, wanted }: Search): Promise<DirectoryEntry[]> {
    try {
      const { searchEntries } = await this.client.search(base, {
        scope,
        filter,
        derefAliases: "never",
        attributes: askedFor(attributes),
        explicitBufferAttributes: [...BYTES, ...attributes.filter((name) => isOfBytes(name))],
        // A limit of ours would make the library take what a limit of theirs cut off for everything.
        ...(wanted === "few" ? { sizeLimit: 2 } : { paged: { pageSize: PAGE } }),
      });
      return searchEntries.map(toEntry);
    } catch (cause) {
      // Of one entry that is asked for by its name, that is the answer.
      if (scope === "base" && cause instanceof NoSuchObjectError) return [];
      throw this.#failure("search the directory", cause);
    }
  }

  async close(): Promise<void> {
    // What is closed already is closed.
    await this.client.unbind().catch(() => undefined);
    // One on which nothing was said is not known to the library.
    this.socket.destroy();
  }

  #failure(step: SignOnStep, cause: unknown): Failure {
    if (cause instanceof Failure) return cause;
    if (cause instanceof ResultCodeError && cause.code === REFERRAL)
      return unanswered(
        this.shown,
        step,
        "it refers to another server, which is not asked",
        "Write that server's address as url",
        cause,
      );
    const fix =
      cause instanceof ResultCodeError
        ? (FIXES[cause.code] ?? "Look at the directory's log")
        : "Check the network and the directory";
    return unanswered(this.shown, step, saidBy(cause, this.socket), fix, cause);
  }
}

/** What says no to this person or password: wrong (49), locked (19), or not to log in now (53). Source: RFC 4511, appendix A. */
const OF_THEM: readonly number[] = [19, 49, 53];

/** By result code. Source: RFC 4511, appendix A. */
const FIXES: Readonly<Record<number, string>> = {
  3: "Make the search smaller: a narrower base or filter",
  4: "Make the search smaller, or raise the directory's size limit for this account",
  8: "Use ldaps or StartTLS",
  13: "Use ldaps or StartTLS",
  32: "Check base: the directory has no such entry, or does not show it to this account",
  34: "Check the names (base, accountDn)",
  48: "Give an account that may search",
  50: "Give an account that may search there",
  53: "Give an account: the directory does nothing for anybody without one",
};

const TOO_LONG = `it answered more than ${MAX_BYTES >> 20} MiB`;

function saidBy(cause: unknown, socket: Socket): string {
  if (socket.errored?.message === TOO_LONG) return TOO_LONG;
  if (cause instanceof ResultCodeError)
    return `it refused that (result ${cause.code}: ${printable(cause.message)})`;
  const message = messageOf(cause);
  if (/time(?:d )?out/i.test(message)) return `it did not answer within ${ANSWER_MS / 1_000} s`;
  return `the conversation broke off (${printable(message)})`;
}

/** Where nothing but the name is wanted: RFC 4511, 4.5.1.8. No attribute at all would be all of them. */
function askedFor(attributes: readonly string[]): string[] {
  const names = [...new Set(attributes.filter((name) => name.toLowerCase() !== "dn"))];
  return names.length === 0 ? ["1.1"] : names;
}

function toEntry(entry: Entry): DirectoryEntry {
  const values = new Map<string, readonly string[]>();
  for (const [name, value] of Object.entries(entry)) {
    if (name === "dn") continue;
    const list = Array.isArray(value) ? value : [value];
    const texts = list.map((one) => textOf(name, one)).filter((text) => text !== "");
    if (texts.length > 0) values.set(name.toLowerCase(), texts);
  }
  return { dn: entry.dn, values };
}

export function isOfBytes(attribute: string): boolean {
  return BYTES.some((name) => name.toLowerCase() === attribute.toLowerCase());
}

function textOf(name: string, value: Buffer | string): string {
  if (typeof value === "string") return value;
  return isOfBytes(name) ? value.toString("hex") : value.toString("utf8");
}
