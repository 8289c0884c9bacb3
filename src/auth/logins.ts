import {
  type Counted,
  forgiven,
  judgeTry,
  keysOf,
  LOGIN_LIMITS,
  type LoginLimits,
} from "../core/accounts/login-limits.ts";
import { couldBePassword } from "../core/accounts/password-hash.ts";
import { isRecent, provenAt } from "../core/accounts/session-rules.ts";
import { type AskingAs, keyOfOwner } from "../core/model/credential-owner.ts";
import type { Secret } from "../core/model/secret.ts";
import type { StoredSession, TryCount } from "../core/ports/account-store.ts";
import { defined } from "../lib/defined.ts";
import { hashSha256 } from "../lib/hash.ts";
import type { Accounts } from "./accounts.ts";
import { addressKey } from "./address-key.ts";
import type { AuthPorts } from "./auth-ports.ts";
import { digestOf, makeCredential, readCredential } from "./credential.ts";
import { HashingLine } from "./hashing-line.ts";
import type { Passwords } from "./passwords.ts";
import type { Sessions, SessionView } from "./sessions.ts";
import { Turns } from "./turns.ts";

export interface LoginRequest {
  name: string;
  password: Secret;
  /** Of whoever asks, behind the proxies that are trusted. */
  address: string;
  /** The mark that a login before this one was handed. */
  device?: string;
  /** As they were told when they were turned away. */
  turn?: string;
  carried: StoredSession["carried"];
  agent: string;
}

export type LoginAnswer =
  /** `device` is kept by the browser, or the program, for the next login. */
  | { is: "signed-in"; session: SessionView; secret: Secret; device: Secret }
  /** Name or password, or an account that may not: the answer tells nobody which. */
  | { is: "refused" }
  /** Too many tries, or too many at once; the password was not looked at. */
  | Later;

/** `turn`: brought along the next time, it comes before whoever asked later. */
export type Later =
  | { is: "limited"; retryAfterMs: number }
  | { is: "busy"; retryAfterMs: number; turn?: string };

const DAY = 24 * 60 * 60_000;
const DEVICE_LIFETIME = 90 * DAY;
const DEVICES_OF_ONE = 50;
const BUSY_FOR = 2_000;

/** Logins that wait for a directory at once: it answers in its own time, and whoever types may be anybody. */
const AT_DIRECTORIES = 32;

/** Who has a password elsewhere: in a directory. */
export interface Directories {
  /** Whether there is any now. */
  areThere(): boolean;
  /** @throws {Failure} where none can say */
  check(name: string, password: Secret): Promise<{ is: "right"; owner: AskingAs } | { is: "wrong" }>;
}

type Tried = { is: "right"; owner: AskingAs } | Exclude<LoginAnswer, { is: "signed-in" }>;

/** Who signs in by name and password. */
export class Logins {
  readonly #line = new HashingLine();
  readonly #turns: Turns;
  #asking = 0;

  constructor(
    private readonly ports: AuthPorts,
    private readonly accounts: Accounts,
    private readonly passwords: Passwords,
    private readonly sessions: Sessions,
    private readonly limits: LoginLimits = LOGIN_LIMITS,
    private readonly directories?: Directories,
  ) {
    this.#turns = new Turns(ports.clock, ports.chance);
  }

  /** @throws {Failure} where a directory would have to say, and cannot */
  async signIn({
    name,
    password,
    address,
    device,
    turn,
    carried,
    agent,
  }: LoginRequest): Promise<LoginAnswer> {
    // What is typed for an account of ours is no directory's business.
    const elsewhere = this.accounts.find(name) === undefined && this.directories?.areThere() === true;
    const holder = elsewhere ? directoryHolder(name) : name;
    const known = this.#deviceOf(holder, device);
    const counted = this.#counted(known, name, address);
    const of = { counted, name, password, address, ...defined({ turn }) };
    const tried = await (elsewhere ? this.#triedElsewhere(of, this.directories) : this.#tried(of));
    if (tried.is !== "right") return tried;
    const { owner } = tried;
    const { session, secret } = this.sessions.begin({
      owner,
      carried,
      source: addressKey(address) === "unknown" ? "unknown" : address,
      agent,
    });
    // A new mark each time: one that leaked is good until its owner signs in again.
    if (known !== undefined) this.ports.store.deleteDevice(known);
    const mark = makeCredential("device", this.ports.chance);
    this.ports.store.putDevice(
      { secret: digestOf(mark), account: holder, seenAt: this.ports.clock.now() },
      DEVICES_OF_ONE,
    );
    this.ports.tell({ did: "signed-in", owner, session: session.id, address });
    return { is: "signed-in", session, secret, device: mark };
  }

  /** Whoever is signed in changes the own password, and shows the one before: a session that was stolen is not enough. */
  async changePassword(of: {
    session: SessionView;
    current: Secret;
    next: Secret;
    address: string;
  }): Promise<{ is: "set" } | { is: "refused"; why: string } | Later> {
    const { session, current, next, address } = of;
    if (session.owner.kind !== "account")
      return { is: "refused", why: "this password is the provider's, and is changed there" };
    const { name } = session.owner;
    const tried = await this.#triedInSession(session, name, current, address);
    if (tried.is === "refused") return { is: "refused", why: "the current password is another one" };
    if (tried.is !== "right") return tried;
    return this.passwords.set(name, next, { by: name, keep: session.id });
  }

  /**
   * Whether whoever has a session is its owner still: signed in a short while ago, or knows the password now. Right once, it
   * counts for this one question.
   */
  async prove(of: { session: SessionView; current?: Secret; address: string }): Promise<
    | { is: "proven" }
    /** `by`: what would prove it. */
    | { is: "too-old"; by: "password" | "login" }
    | { is: "wrong" }
    | Later
  > {
    const { session, current, address } = of;
    const { owner } = session;
    if (isRecent(session, this.ports.clock.now())) return { is: "proven" };
    if (owner.kind !== "account") return { is: "too-old", by: "login" };
    if (current === undefined) return { is: "too-old", by: "password" };
    const tried = await this.#triedInSession(session, owner.name, current, address);
    if (tried.is === "right") return { is: "proven" };
    return tried.is === "refused" ? { is: "wrong" } : tried;
  }

  /**
   * A login that was stolen has tries of its own: it uses up nobody else's. Sessions that it let in share them, or there would
   * be as many tries as somebody makes sessions.
   */
  #triedInSession(session: SessionView, name: string, password: Secret, address: string): Promise<Tried> {
    const login = `login ${keyOfOwner(session.owner)} ${provenAt(session)}`;
    return this.#tried({ counted: deviceTry(login), name, password, address });
  }

  /** Forgets what counts no more. Now and then; nothing depends on it. */
  sweep(): number {
    return this.ports.store.deleteTryCountsBefore(this.ports.clock.now() - this.limits.window);
  }

  /** As often as one may try at an account. Nobody waits for it who has a password here. */
  async #triedElsewhere(of: Trying, directories: Directories | undefined): Promise<Tried> {
    const { counted, name, password, address } = of;
    if (!couldBePassword(password.reveal())) return { is: "refused" };
    const { store, clock } = this.ports;
    const verdict = judgeTry(counted, store.tryCounts(keysOf(counted)), clock.now(), this.limits);
    if (verdict.is === "limited") return { is: "limited", retryAfterMs: verdict.retryAfterMs };
    if (directories === undefined || this.#asking >= AT_DIRECTORIES)
      return { is: "busy", retryAfterMs: BUSY_FOR };
    store.putTryCounts(verdict.counts);
    this.#asking++;
    try {
      const checked = await directories.check(name, password);
      if (checked.is === "wrong") {
        this.#tellFirstAndLast(verdict.counts, name, address);
        return { is: "refused" };
      }
      this.#forgive(counted);
      return checked;
    } finally {
      // Where it cannot be asked the try stays counted: another one may have been asked before it.
      this.#asking--;
    }
  }

  #forgive(counted: Counted): void {
    const { store } = this.ports;
    const { drop, put } = forgiven(counted, store.tryCounts(keysOf(counted)));
    store.putTryCounts(put);
    store.deleteTryCounts(drop);
  }

  async #tried(of: Trying): Promise<Tried> {
    const { counted, name, password, address } = of;
    // Nobody's: to count it would write to the disk as often as anybody sends one, without the wait for a hash.
    if (!couldBePassword(password.reveal())) return { is: "refused" };
    const lane = counted.from === "device" ? "known" : "strangers";
    const place = lane === "known" ? name : addressKey(address);
    const { store, clock } = this.ports;
    const verdict = judgeTry(counted, store.tryCounts(keysOf(counted)), clock.now(), this.limits);
    if (verdict.is === "limited") return { is: "limited", retryAfterMs: verdict.retryAfterMs };
    const turn = this.#turns.of(of.turn, place);
    const busy = { is: "busy", retryAfterMs: BUSY_FOR, turn: turn.text } as const;
    const inLine = { lane, place, since: turn.since } as const;
    if (!this.#line.hasRoom(inLine)) return busy;
    // Before the password is looked at: of many at once no more pass than may, and a kill forgives none.
    store.putTryCounts(verdict.counts);
    const looked = await this.#line.through(inLine, async (): Promise<Tried> => {
      this.#turns.take(turn.text);
      const checked = await this.passwords.check(name, password.reveal());
      if (checked.is === "wrong") {
        this.#tellFirstAndLast(verdict.counts, name, address);
        return { is: "refused" };
      }
      const hash = await this.passwords.upgrade(name, password.reveal(), checked.hash);
      // It took a while: whoever was disabled, or got another password, meanwhile is not let in by the one before.
      if (!this.passwords.isInForce(name, hash)) return { is: "refused" };
      this.#forgive(counted);
      return { is: "right", owner: { kind: "account", name } };
    });
    if (looked.is === "done") return looked.value;
    // Nobody looked at it: it was no try.
    const keys = keysOf(counted);
    store.putTryCounts(
      store.tryCounts(keys).map((count) => ({ ...count, count: Math.max(0, count.count - 1) })),
    );
    return busy;
  }

  /** Whoever took a device's mark may use its tries up: its owner then is a stranger, and not shut out. */
  #counted(device: string | undefined, name: string, address: string): Counted {
    const stranger = strangersTry(name, address);
    if (device === undefined) return stranger;
    const counted = deviceTry(device);
    const { store, clock } = this.ports;
    const verdict = judgeTry(counted, store.tryCounts(keysOf(counted)), clock.now(), this.limits);
    return verdict.is === "limited" ? stranger : counted;
  }

  #deviceOf(name: string, text: string | undefined): string | undefined {
    const credential = text === undefined ? undefined : readCredential(text);
    if (credential?.kind !== "device") return undefined;
    const device = this.ports.store.device(credential.digest);
    const age = device === undefined ? 0 : this.ports.clock.now() - device.seenAt;
    return device?.account === name && age < DEVICE_LIFETIME ? credential.digest : undefined;
  }

  /** Each failure would be a line of the audit that somebody else writes at will. */
  #tellFirstAndLast(counts: readonly TryCount[], name: string, address: string): void {
    const account = this.accounts.find(name)?.name;
    const count = counts[0]?.count ?? 0;
    if (count === this.limits.perAddressAndName)
      this.ports.tell({ did: "sign-in-limited", account, address });
    else if (count === 1) this.ports.tell({ did: "sign-in-refused", account, address });
  }
}

interface Trying {
  turn?: string;
  counted: Counted;
  name: string;
  password: Secret;
  address: string;
}

/** Whose a device is that signed in by a directory: never an account of ours, whose name has no colon. */
function directoryHolder(name: string): string {
  return `directory:${hashSha256(name)}`;
}

/** Digests: what is typed as a name may be a password, and is kept nowhere. */
function strangersTry(name: string, address: string): Counted {
  const place = addressKey(address);
  return {
    from: "address",
    addressAndName: hashSha256(JSON.stringify(["both", place, name])),
    address: hashSha256(JSON.stringify(["address", place])),
    name: hashSha256(JSON.stringify(["name", name])),
  };
}

function deviceTry(device: string): Counted {
  return { from: "device", device: hashSha256(JSON.stringify(["device", device])) };
}
