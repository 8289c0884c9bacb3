/** What signs people in, over a real store in a folder of its own, with a clock that stands and passwords that cost nothing. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Accounts } from "../../src/auth/accounts.ts";
import type { AuthEvent, AuthPorts, PasswordHasher } from "../../src/auth/auth-ports.ts";
import { systemChance } from "../../src/auth/credential.ts";
import { HandedLogins } from "../../src/auth/handed-logins.ts";
import { Logins } from "../../src/auth/logins.ts";
import type { systemHasher } from "../../src/auth/password-hasher.ts";
import { Passwords } from "../../src/auth/passwords.ts";
import { Sessions } from "../../src/auth/sessions.ts";
import { Tokens } from "../../src/auth/tokens.ts";
import { WhoAsks } from "../../src/auth/who-asks.ts";
import type { Account } from "../../src/core/accounts/account.ts";
import { Secret } from "../../src/core/model/secret.ts";
import { type OpenStore, openStore } from "../../src/store/open-store.ts";

export const PASSWORD = "correct horse battery";
export const ANN: Account = { name: "ann", may: ["login", "apiKey"], enabled: "yes" };
export const ADMIN: Account = { name: "admin", may: ["login"], enabled: "yes" };
const START = Date.parse("2026-11-29T10:00:00Z");

/** Hashes that say what they are of: of our shape, so that everything is as with real ones but the work. */
export class CheapHasher implements PasswordHasher {
  /** Of each check, the shape that was asked. */
  readonly asked: string[] = [];
  /** Awaited within each hash and each check. */
  meanwhile: () => void | Promise<void> = () => {};

  async hash(password: string): Promise<string> {
    await this.meanwhile();
    return cheapHash(password);
  }

  async verify(password: string, hash: string): Promise<boolean> {
    this.asked.push(hash.startsWith("$2") ? "bcrypt" : "argon2id");
    await this.meanwhile();
    return hash === cheapHash(password) || hash === cheapBcrypt(password);
  }
}

function cheapHash(password: string): string {
  const digest = new Bun.CryptoHasher("sha256").update(password).digest("base64").slice(0, 43);
  return `$argon2id$v=19$m=65536,t=3,p=1$${digest}$${digest}`;
}

export function cheapBcrypt(password: string): string {
  return `$2a$10$${new Bun.CryptoHasher("sha512").update(password).digest("hex").slice(0, 53)}`;
}

export class AuthRig {
  readonly folder = mkdtempSync(join(tmpdir(), "holdfast-auth-"));
  now = START;
  readonly events: AuthEvent[] = [];
  readonly roles = new Set<string>();
  store: OpenStore;
  accounts!: Accounts;
  passwords!: Passwords;
  sessions!: Sessions;
  tokens!: Tokens;
  logins!: Logins;
  who!: WhoAsks;
  handed!: HandedLogins;
  /** Sessions whose provider was told of another one. */
  readonly shared: string[][] = [];

  constructor(readonly hasher: CheapHasher | typeof systemHasher = new CheapHasher()) {
    this.store = openStore(this.folder);
    this.#compose();
  }

  get ports(): AuthPorts {
    return {
      store: this.store.accounts,
      clock: { now: () => this.now, monotonic: () => this.now, sleep: () => Promise.resolve() },
      chance: systemChance,
      hasher: this.hasher,
      tell: (event) => this.events.push(event),
    };
  }

  /** As a daemon that was killed and started again, with the same accounts. */
  restart(): void {
    const declared = this.accounts.list();
    this.store.close();
    this.store = openStore(this.folder);
    this.#compose();
    this.accounts.declare(declared, []);
  }

  #compose(): void {
    const { ports } = this;
    this.accounts = new Accounts(ports, (project, role) => this.roles.has(`${project}/${role}`));
    this.passwords = new Passwords(ports, this.accounts);
    this.sessions = new Sessions(ports, this.accounts);
    this.tokens = new Tokens(ports, this.accounts);
    this.handed = new HandedLogins(ports, this.sessions, (...both) => this.shared.push(both));
    this.logins = new Logins(ports, this.accounts, this.passwords, this.sessions);
    this.who = new WhoAsks(this.accounts, this.sessions, this.tokens, () => new Secret("the-server-token"));
  }

  /** Declares the accounts and gives each the password. */
  async with(...accounts: Account[]): Promise<void> {
    this.accounts.declare(accounts, []);
    for (const { name } of accounts) await this.passwords.set(name, new Secret(PASSWORD), { by: "test" });
    this.events.length = 0;
  }

  signIn(name: string, password: string, more: { address?: string; device?: string; turn?: string } = {}) {
    return this.logins.signIn({
      name,
      password: new Secret(password),
      address: "192.0.2.1",
      carried: "cookie",
      agent: "a browser",
      ...more,
    });
  }

  async signedIn(name = "ann") {
    const answer = await this.signIn(name, PASSWORD);
    if (answer.is !== "signed-in") throw new Error(`${name} was ${answer.is}`);
    return answer;
  }

  did(): string[] {
    return this.events.map((event) => ("why" in event ? `${event.did}: ${event.why}` : event.did));
  }

  remove(): void {
    this.store.close();
    rmSync(this.folder, { recursive: true });
  }
}
