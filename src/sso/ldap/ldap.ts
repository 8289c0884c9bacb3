/**
 * Logins by a directory: an account finds the person, the person's own password proves them, and the groups are read with
 * nothing left out. Whoever types decides nothing of a filter.
 */
import { MAX_GROUPS, type ReadIdentity } from "../../core/access/identity-of-claims.ts";
import { type DirectoryEntry, identityOfEntry, valuesOf } from "../../core/access/identity-of-entry.ts";
import type { Failure } from "../../core/model/failure.ts";
import type { Secret } from "../../core/model/secret.ts";
import type { LdapSignOn } from "../../core/model/sign-on.ts";
import { defined } from "../../lib/defined.ts";
import { filterBytes, filterText } from "../../lib/ldap-filter.ts";
import { within } from "../../remote/within.ts";
import {
  type PasswordSignOn,
  type ProviderShown,
  type SignedOn,
  type SignOnStep,
  turnedAway,
  unanswered,
} from "../sign-on.ts";
import { Directory, isOfBytes } from "./directory.ts";

const WHOLE_MS = 30_000;
const MAX_LOGIN = 256;
/** Names of groups that one filter asks for. */
const AT_ONCE = 50;
/** LDAP_MATCHING_RULE_IN_CHAIN of Active Directory. */
const IN_CHAIN = "1.2.840.113556.1.4.1941";

type Person = { is: "found"; entry: DirectoryEntry } | { is: "nobody" };

export class Ldap implements PasswordSignOn {
  readonly is = "password";
  readonly name: string;
  readonly #shown: ProviderShown;

  constructor(readonly settings: LdapSignOn) {
    this.name = settings.name;
    this.#shown = { object: `${settings.name} (${new URL(settings.url).host})` };
  }

  async logIn(login: string, password: Secret, signal: AbortSignal): Promise<SignedOn> {
    // A directory takes an empty password for nobody's, says yes, and whoever asked would be let in as that person.
    if (login.trim() === "" || login.length > MAX_LOGIN || password.reveal() === "") throw this.#wrong();
    return await this.#within(signal, async (open) => {
      const asking = await open();
      const person = await this.#person(asking, this.settings.users.loginAttribute, filterText(login));
      // Whoever is not there takes as long as whoever typed a wrong password.
      const dn =
        person.is === "found" ? person.entry.dn : `cn=${crypto.randomUUID()},${this.settings.users.base}`;
      const proving = await open("nobody yet");
      const proof = await proving.bind(dn, password);
      if (person.is === "nobody" || proof === "refused") throw this.#wrong();
      return await this.#signedOn(this.settings.account === undefined ? proving : asking, person.entry);
    });
  }

  /** Of people of this directory: an id counts within its issuer alone. */
  mayAskAgain({ identity }: SignedOn): boolean {
    return this.settings.account !== undefined && identity.issuer === this.#issuer;
  }

  async again(before: SignedOn, signal: AbortSignal): Promise<SignedOn> {
    const step = "ask whether somebody is still there";
    const { users, account } = this.settings;
    if (account === undefined)
      throw turnedAway(
        this.#shown,
        step,
        "there is no account to ask with",
        "Log in again, or give the settings an account that may search",
      );
    const { subject } = before.identity;
    return await this.#within(signal, async (open) => {
      const asking = await open();
      const value = isOfBytes(users.idAttribute)
        ? filterBytes(Buffer.from(subject, "hex"))
        : filterText(subject);
      const person =
        users.idAttribute.toLowerCase() === "dn"
          ? await this.#atName(asking, subject)
          : await this.#person(asking, users.idAttribute, value);
      if (person.is === "nobody")
        throw turnedAway(
          this.#shown,
          step,
          "the directory knows them no more, or users.filter leaves them out",
          "Log in again",
        );
      return await this.#signedOn(asking, person.entry);
    });
  }

  get #issuer(): string {
    return new URL(this.settings.url).href.replace(/\/$/, "");
  }

  async #signedOn(asking: Directory, entry: DirectoryEntry): Promise<SignedOn> {
    const groups = await this.#groups(asking, entry);
    const { users, groupClaims } = this.settings;
    const names = { ...users, ...defined({ groupClaims }) };
    const read: ReadIdentity = identityOfEntry(this.#issuer, entry, names, groups);
    if (read.is === "identity") return { identity: read.identity, kept: {} };
    const [why, fix] =
      read.is === "refused" ? [read.why, read.fix] : ["its groups stand elsewhere", "Look at the directory"];
    throw turnedAway(this.#shown, "read who logged in", why, fix);
  }

  async #person(asking: Directory, attribute: string, value: string): Promise<Person> {
    const { users } = this.settings;
    const found = await asking.search({
      base: users.base,
      scope: "sub",
      filter: `(&${inBrackets(users.filter)}(${attribute}=${value}))`,
      attributes: this.#attributes(),
      wanted: "few",
    });
    const [entry, other] = found;
    if (other !== undefined)
      throw this.#ambiguous(
        `more than one entry has that ${attribute}`,
        `Narrow users.base or users.filter until ${attribute} is somebody's alone`,
      );
    return entry === undefined ? { is: "nobody" } : { is: "found", entry };
  }

  async #atName(asking: Directory, dn: string): Promise<Person> {
    const [entry] = await asking.search({
      base: dn,
      scope: "base",
      filter: inBrackets(this.settings.users.filter),
      attributes: this.#attributes(),
      wanted: "few",
    });
    return entry === undefined ? { is: "nobody" } : { is: "found", entry };
  }

  #attributes(): string[] {
    const { users, groups } = this.settings;
    return [
      users.loginAttribute,
      users.idAttribute,
      users.nameAttribute,
      users.mailAttribute,
      groups?.userAttribute ?? "dn",
    ];
  }

  async #groups(asking: Directory, person: DirectoryEntry): Promise<string[]> {
    const { groups } = this.settings;
    if (groups === undefined) return [];
    const { nested, memberAttribute, nameAttribute } = groups;
    const matches = nested.is === "by rule" ? `${memberAttribute}:${IN_CHAIN}:` : memberAttribute;
    const byName = new Map<string, DirectoryEntry>();
    let wanted = valuesOf(person, groups.userAttribute);
    const deepest = nested.is === "by search" ? nested.depth : 0;
    for (let depth = 0; depth <= deepest && wanted.length > 0; depth++) {
      const next: string[] = [];
      for (let at = 0; at < wanted.length; at += AT_ONCE) {
        const members = wanted.slice(at, at + AT_ONCE).map((name) => `(${matches}=${filterText(name)})`);
        const found = await asking.search({
          base: groups.base,
          scope: "sub",
          filter: `(&${inBrackets(groups.filter)}(|${members.join("")}))`,
          attributes: [nameAttribute],
          wanted: "all",
        });
        for (const group of found) {
          const key = group.dn.toLowerCase();
          if (byName.has(key)) continue;
          byName.set(key, group);
          next.push(group.dn);
        }
        if (byName.size > MAX_GROUPS)
          throw turnedAway(
            this.#shown,
            "read the groups of who logged in",
            `there are more than ${MAX_GROUPS} groups`,
            "Narrow groups.base or groups.filter to those that this application needs",
          );
      }
      // Groups in groups hold each other by their names in the directory.
      wanted = next;
    }
    return [...byName.values()].flatMap((group) => valuesOf(group, nameAttribute));
  }

  /** One login's connections: all closed when it is over, however it ends. */
  async #within<T>(
    signal: AbortSignal,
    work: (open: (as?: "nobody yet") => Promise<Directory>) => Promise<T>,
  ): Promise<T> {
    const late = (): Failure =>
      unanswered(
        this.#shown,
        "check a password",
        `it took longer than ${WHOLE_MS / 1_000} s`,
        "Look at the directory",
      );
    return await within(WHOLE_MS, late, signal, async (ended) => {
      const opened: Directory[] = [];
      try {
        return await work(async (as) => {
          const directory = await Directory.open(this.settings, this.#shown, ended);
          opened.push(directory);
          if (as !== "nobody yet") await this.#bindAccount(directory);
          return directory;
        });
      } catch (cause) {
        throw ended.aborted ? ended.reason : cause;
      } finally {
        await Promise.all(opened.map((directory) => directory.close()));
      }
    });
  }

  async #bindAccount(directory: Directory): Promise<void> {
    const { account } = this.settings;
    if (account === undefined || (await directory.bind(account.dn, account.password)) === "bound") return;
    throw unanswered(
      this.#shown,
      "search the directory",
      `it refused the password of ${account.dn}`,
      "Correct accountDn and accountPassword",
    );
  }

  /** Said of everybody alike: who is there is nobody's business. */
  #wrong(): Failure {
    return turnedAway(
      this.#shown,
      "check a password",
      "there is nobody of that name with that password",
      "Try again",
    );
  }

  #ambiguous(why: string, fix: string): Failure {
    const step: SignOnStep = "search the directory";
    return turnedAway(this.#shown, step, why, fix);
  }
}

function inBrackets(filter: string): string {
  const plain = filter.trim();
  if (plain === "") return "(objectClass=*)";
  return plain.startsWith("(") ? plain : `(${plain})`;
}
