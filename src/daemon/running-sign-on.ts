/** Single sign-on of one daemon: its providers, beside the accounts whose sessions they begin. */

import type { Directories } from "../auth/logins.ts";
import { ownerOf } from "../auth/provider-sessions.ts";
import type { RunningAccounts } from "../auth/running-accounts.ts";
import type { Transport } from "../auth/session-cookie.ts";
import type { Config } from "../config/config.ts";
import { Failure } from "../core/model/failure.ts";
import type { Clock } from "../core/ports/clock.ts";
import type { Log } from "../core/ports/log.ts";
import type { SignOnDoor } from "../core/ports/sign-on-desk.ts";
import { ProviderDesk } from "../sso/sign-on-desk.ts";

export interface SignOnAround {
  /** As it holds now. */
  config(): Pick<Config, "server" | "signOn">;
  clock: Clock;
  log: Log;
  /** Whether an account here has this name. */
  isAccount(name: string): boolean;
}

export class RunningSignOn {
  readonly #desk: ProviderDesk;

  constructor(private readonly around: SignOnAround) {
    this.#desk = new ProviderDesk({
      settings: () => around.config().signOn,
      url: () => around.config().server.url,
      isOurs: (name) => around.isAccount(name),
      clock: around.clock,
    });
  }

  /** How browsers reach us, by what the config says of it. */
  transport(): Transport {
    return this.#url()?.startsWith("http:") ? "plain" : "tls";
  }

  /** Who has a password elsewhere, for who signs in by name and password. */
  directories(): Directories {
    return {
      areThere: () => this.#desk.offered().some(({ how }) => how === "password"),
      check: async (name, password) => {
        try {
          // A directory gives up by itself before whoever waits for this does.
          const { identity } = await this.#desk.logIn(name, password, new AbortController().signal);
          return { is: "right", owner: ownerOf(identity) };
        } catch (cause) {
          if (!(cause instanceof Failure) || cause.code !== "sign-on") throw cause;
          this.around.log.warn("nobody was signed in", { at: "password", why: cause.message });
          return { is: "wrong" };
        }
      },
    };
  }

  door(sessions: RunningAccounts["providerSessions"]): SignOnDoor {
    return { desk: this.#desk, sessions, url: () => this.#url() };
  }

  /** A program's session, by the word of a browser's. */
  share(from: string, to: string): void {
    this.#desk.share(from, to);
  }

  /** Now and then: whoever their provider does not let in any more is out. */
  async lookAgain(sessions: RunningAccounts["providerSessions"], signal: AbortSignal): Promise<void> {
    await this.#desk.lookAgain(sessions.vouched(), this.around.log, signal);
  }

  #url(): string | undefined {
    return this.around.config().server.url;
  }
}
