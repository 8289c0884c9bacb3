/**
 * Logins that a program asks for and a person allows in a browser where they are signed in. Nothing of it is on disk: what
 * was begun before a restart is begun anew. Sources: RFC 8252 (native apps), RFC 7636 (PKCE), RFC 8628 (device grant).
 */
import type { AskingAs } from "../core/model/credential-owner.ts";
import { keyOfOwner } from "../core/model/credential-owner.ts";
import type { Secret } from "../core/model/secret.ts";
import { hashSha256 } from "../lib/hash.ts";
import { Lru } from "../lib/lru.ts";
import { addressKey } from "./address-key.ts";
import type { AuthPorts } from "./auth-ports.ts";
import { isSameText } from "./credential.ts";
import type { Sessions } from "./sessions.ts";

const MINUTE = 60_000;
export const HANDED_LIMITS = {
  /** Milliseconds from the question to the answer. */
  lifeMs: 10 * MINUTE,
  /** Open at once: of one address, and of all. */
  ofAddress: 20,
  all: 1_000,
  /** Codes that one person may type wrong within `lifeMs`. */
  wrongCodes: 10,
} as const;

/** No vowels, so that no word comes of it, and nothing that looks like something else. Source: RFC 8628, 6.1. */
const LETTERS = "BCDFGHJKLMNPQRSTVWXZ";
const CODE_LENGTH = 8;
const BASE64_SHA256 = /^[\w-]{43}$/;

export type HandedWay =
  /** The browser is on the program's machine, which listens there on loopback. */
  | { is: "browser"; port: number; state: string }
  /** It may be anywhere: a person types the code that the program shows. */
  | { is: "device" };

/** What asks, as far as anybody knows: the address is ours to say, the rest is its own word. */
export interface HandedAsker {
  address: string;
  agent: string;
}

export interface HandedQuestion extends HandedAsker {
  request: string;
  way: HandedWay;
  /** `WXYZ-1234` in letters; of a device alone. */
  code: string;
  /** Milliseconds. */
  ageMs: number;
}

interface Open extends HandedAsker {
  request: string;
  challenge: string;
  way: HandedWay;
  code: string;
  begun: number;
  now:
    | { is: "asked" }
    | { is: "refused" }
    /** `proof`: digest of what the browser brings to the program; of a device nothing. */
    | { is: "allowed"; session: string; owner: AskingAs; proof: string | undefined };
}

export type Handed =
  | { is: "waiting" }
  | { is: "refused" }
  /** Never asked, too old, answered before, or asked before a restart. */
  | { is: "gone" }
  | { is: "given"; secret: Secret; name: string };

export class HandedLogins {
  readonly #open = new Map<string, Open>();
  readonly #wrong = new Lru<string, { count: number; since: number }>(1_000);

  constructor(
    private readonly ports: Pick<AuthPorts, "clock" | "chance" | "tell">,
    private readonly sessions: Pick<Sessions, "begin" | "holds">,
    /** What is kept of the first session at its provider counts for the second one too. */
    private readonly share: (from: string, to: string) => void = () => undefined,
  ) {}

  /** @param wanted.challenge SHA-256 of what the program alone knows, as RFC 7636 writes it */
  ask(
    wanted: HandedAsker & { challenge: string; way: HandedWay },
  ): { is: "asked"; request: string; code: string } | { is: "limited" } | { is: "wrong"; why: string } {
    const { challenge, way } = wanted;
    if (!BASE64_SHA256.test(challenge))
      return { is: "wrong", why: "challenge: expected 43 signs of base64url" };
    if (way.is === "browser" && !/^[\w-]{22,128}$/.test(way.state))
      return { is: "wrong", why: "state: expected 22 to 128 signs of base64url" };
    if (way.is === "browser" && !(Number.isInteger(way.port) && way.port >= 1_024 && way.port <= 65_535))
      return { is: "wrong", why: "port: expected a number from 1024 to 65535" };
    this.#forgetOld();
    const key = addressKey(wanted.address);
    const near = [...this.#open.values()].filter(({ address }) => addressKey(address) === key).length;
    if (near >= HANDED_LIMITS.ofAddress || this.#open.size >= HANDED_LIMITS.all) return { is: "limited" };
    const request = this.#text(32);
    const open: Open = {
      ...{ request, challenge, way, begun: this.ports.clock.monotonic(), now: { is: "asked" } },
      address: wanted.address.slice(0, 64),
      agent: wanted.agent.replace(/\p{C}/gu, " ").slice(0, 200),
      code: way.is === "device" ? this.#newCode() : "",
    };
    this.#open.set(request, open);
    return { is: "asked", request, code: shownCode(open.code) };
  }

  /** What a browser on the program's machine was sent to. A device's is found by its code alone. */
  question(request: string): HandedQuestion | undefined {
    const open = this.#current(request);
    return open?.way.is === "browser" && open.now.is === "asked" ? this.#shown(open) : undefined;
  }

  /** @param by who types it: wrong ones are counted, or whoever is signed in could try them all */
  questionOfCode(typed: string, by: AskingAs): HandedQuestion | "unknown" | "limited" {
    this.#forgetOld();
    const now = this.ports.clock.monotonic();
    const who = keyOfOwner(by);
    const before = this.#wrong.get(who);
    const wrong = before === undefined || now - before.since >= HANDED_LIMITS.lifeMs ? undefined : before;
    if ((wrong?.count ?? 0) >= HANDED_LIMITS.wrongCodes) return "limited";
    const code = typed.toUpperCase().replace(/[^A-Z]/g, "");
    const open = [...this.#open.values()].find((one) => one.code !== "" && one.code === code);
    if (open?.now.is === "asked") return this.#shown(open);
    this.#wrong.set(who, { count: (wrong?.count ?? 0) + 1, since: wrong?.since ?? now });
    return "unknown";
  }

  /**
   * A person's answer, once.
   * @returns `brings`: what the browser takes to the program, and where; undefined: nothing waits for it
   */
  answer(
    request: string,
    answer: "allow" | "refuse",
    by: { session: string; owner: AskingAs },
  ): { way: HandedWay; brings: string } | undefined {
    if (answer === "refuse") {
      const way = this.refuse(request);
      return way && { way, brings: "" };
    }
    const open = this.#current(request);
    if (open?.now.is !== "asked") return undefined;
    const brings = open.way.is === "browser" ? this.#text(32) : "";
    const proof = brings === "" ? undefined : hashSha256(brings);
    open.now = { is: "allowed", ...by, proof };
    return { way: open.way, brings };
  }

  /**
   * Nobody is going to allow it: somebody said no here, or where they were to sign in. Once.
   * @returns how the program hears of it; undefined: nothing waits for it
   */
  refuse(request: string): HandedWay | undefined {
    const open = this.#current(request);
    if (open?.now.is !== "asked") return undefined;
    open.now = { is: "refused" };
    return open.way;
  }

  /**
   * The session, once, for who has the verifier of the challenge. Whoever comes with a wrong one, or a wrong code, ends it:
   * somebody saw what was not for them.
   */
  redeem(request: string, verifier: string, brought: string): Handed {
    const open = this.#current(request);
    if (open === undefined) return { is: "gone" };
    const { now } = open;
    if (!isSameText(challengeOf(verifier), open.challenge)) return this.#end(open, { is: "gone" });
    if (now.is === "refused") return this.#end(open, { is: "refused" });
    if (now.is === "asked") return { is: "waiting" };
    const isBrought = now.proof === undefined ? brought === "" : isSameText(hashSha256(brought), now.proof);
    // Whoever allowed it may have signed out meanwhile.
    if (!isBrought || !this.sessions.holds(now.session, now.owner)) return this.#end(open, { is: "gone" });
    this.#open.delete(request);
    const { owner } = now;
    const { session, secret } = this.sessions.begin(
      { owner, carried: "bearer", source: open.address, agent: open.agent },
      now.session,
    );
    this.share(now.session, session.id);
    this.ports.tell({ did: "signed-in", owner, session: session.id, address: open.address });
    return { is: "given", secret, name: owner.name };
  }

  #end(open: Open, as: Handed): Handed {
    this.#open.delete(open.request);
    return as;
  }

  #current(request: string): Open | undefined {
    this.#forgetOld();
    return this.#open.get(request);
  }

  #forgetOld(): void {
    const before = this.ports.clock.monotonic() - HANDED_LIMITS.lifeMs;
    for (const [request, { begun }] of this.#open) if (begun <= before) this.#open.delete(request);
  }

  #shown({ request, way, code, address, agent, begun }: Open): HandedQuestion {
    return {
      ...{ request, way, address, agent },
      code: shownCode(code),
      ageMs: this.ports.clock.monotonic() - begun,
    };
  }

  #newCode(): string {
    for (;;) {
      // Beyond the last multiple of 20 some letters would come more often.
      const drawn = [...this.ports.chance(64)].filter((byte) => byte < 240).slice(0, CODE_LENGTH);
      const code = drawn.map((byte) => LETTERS[byte % LETTERS.length]).join("");
      const isTaken = [...this.#open.values()].some((one) => one.code === code);
      if (code.length === CODE_LENGTH && !isTaken) return code;
    }
  }

  #text(bytes: number): string {
    return Buffer.from(this.ports.chance(bytes)).toString("base64url");
  }
}

function shownCode(code: string): string {
  return code === "" ? "" : `${code.slice(0, 4)}-${code.slice(4)}`;
}

/** S256 of RFC 7636, 4.2. */
function challengeOf(verifier: string): string {
  return Buffer.from(hashSha256(verifier), "hex").toString("base64url");
}
