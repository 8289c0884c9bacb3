import type { VouchedBy } from "../core/access/provider-names.ts";
import { readAccounts } from "../core/accounts/account.ts";
import { readForeignPasswords } from "../core/accounts/foreign-passwords.ts";
import { LOGIN_LIMITS } from "../core/accounts/login-limits.ts";
import { SESSION_LIMITS } from "../core/accounts/session-rules.ts";
import { asFailure, Failure } from "../core/model/failure.ts";
import type { Problem } from "../core/model/problem.ts";
import type { Secret } from "../core/model/secret.ts";
import type { AccountStore } from "../core/ports/account-store.ts";
import type { Clock } from "../core/ports/clock.ts";
import type { Journal } from "../core/ports/journal.ts";
import type { Log } from "../core/ports/log.ts";
import { defined } from "../lib/defined.ts";
import { Accounts } from "./accounts.ts";
import { ArgoTokenCheck, type ArgoTokenParts } from "./argo-tokens.ts";
import { auditEntryOf, isAttempt } from "./audit-entry.ts";
import type { AuthPorts, Belongings, PasswordHasher } from "./auth-ports.ts";
import { type Chance, systemChance } from "./credential.ts";
import { HandedLogins } from "./handed-logins.ts";
import { type InitialSecret, makeInitialAdmin } from "./initial-admin.ts";
import { type Directories, Logins } from "./logins.ts";
import { systemHasher } from "./password-hasher.ts";
import { takeReset } from "./password-reset.ts";
import { Passwords } from "./passwords.ts";
import { ProviderSessions } from "./provider-sessions.ts";
import type { Transport } from "./session-cookie.ts";
import { Sessions } from "./sessions.ts";
import { Tokens } from "./tokens.ts";
import { WhoAsks } from "./who-asks.ts";

export interface AccountsAround {
  store: AccountStore;
  journal: Pick<Journal, "audit" | "attempt">;
  clock: Clock;
  log: Log;
  /** The data folder, where resets are left. */
  folder: string;
  /** As the config says it now. */
  serverToken(): Secret | undefined;
  hasRole: (project: string, role: string) => boolean;
  /** As `WhoAsks` has it. */
  prefixOf?: (owner: VouchedBy) => string | undefined;
  /** Absent: passwords are those of accounts. */
  directories?: Directories;
  /** How browsers reach us now. Absent: over TLS. */
  transport?: () => Transport;
  /** What others say of sessions and of new passwords, now. Absent: nothing. */
  rules?: () => { sessionMs?: number; passwordPattern?: string };
  /** Tokens that Argo CD issued, and which of them a project lists for a role, now. Absent: none are good. */
  argoTokens?: Pick<ArgoTokenParts, "held" | "ofRole">;
  /** What is kept of a session at its provider counts for another one of the same person too. Absent: nothing is kept. */
  share?: (from: string, to: string) => void;
  /** Who asks for what is done now, as audits name them; undefined: nobody does. */
  asking?: () => string | undefined;
  belongings?: Belongings;
  hasher?: PasswordHasher;
  chance?: Chance;
}

/** Where accounts are written: what `argocd-cm` says of them, or the config in its words, and `argocd-secret`. */
export interface AccountTexts {
  settings: { shown: string; data: Readonly<Record<string, string>> };
  secret?: { shown: string; data: Readonly<Record<string, string>> };
}

/** All of it for one daemon. */
export class RunningAccounts {
  readonly accounts: Accounts;
  readonly sessions: Sessions;
  readonly tokens: Tokens;
  readonly argoTokens: ArgoTokenCheck;
  readonly passwords: Passwords;
  readonly logins: Logins;
  readonly who: WhoAsks;
  readonly providerSessions: ProviderSessions;
  readonly handed: HandedLogins;
  readonly #ports: AuthPorts;
  #said = "";

  constructor(private readonly around: AccountsAround) {
    const { store, journal, clock, hasher = systemHasher, chance = systemChance } = around;
    this.#ports = {
      ...{ store, clock, chance, hasher, ...defined({ belongings: around.belongings }) },
      tell: (event) => {
        const entry = auditEntryOf(event, clock.now(), around.asking?.());
        if (isAttempt(event)) journal.attempt(entry);
        else journal.audit(entry);
      },
    };
    this.accounts = new Accounts(this.#ports, around.hasRole);
    this.passwords = new Passwords(this.#ports, this.accounts, () => around.rules?.().passwordPattern);
    this.sessions = new Sessions(this.#ports, this.accounts, () => ({
      ...SESSION_LIMITS,
      absolute: around.rules?.().sessionMs ?? SESSION_LIMITS.absolute,
    }));
    this.tokens = new Tokens(this.#ports, this.accounts);
    const { accounts, passwords, sessions } = this;
    this.argoTokens = new ArgoTokenCheck({
      ...{ clock, accounts },
      ...(around.argoTokens ?? { held: () => undefined, ofRole: () => [] }),
    });
    this.logins = new Logins(this.#ports, accounts, passwords, sessions, LOGIN_LIMITS, around.directories);
    this.who = new WhoAsks(
      this.accounts,
      this.sessions,
      this.tokens,
      () => around.serverToken(),
      around.prefixOf,
      this.argoTokens,
    );
    this.handed = new HandedLogins(this.#ports, sessions, around.share);
    this.providerSessions = new ProviderSessions({
      ...{ sessions, who: this.who, tell: this.#ports.tell },
      transport: around.transport ?? (() => "tls"),
    });
  }

  /**
   * Holds what was read as a whole. With an error in it nothing changes: an account that a typo hid would lose all that it
   * has. The caller shows what is said; a reading that failed is not handed in at all.
   * @param known the names of all that could be read, where there may be more: those keep what they have, and are let in
   *   by nothing
   */
  hold({ settings, secret }: AccountTexts, known: "all" | ReadonlySet<string> = "all"): Problem[] {
    const { accounts, problems } = readAccounts(settings.data, settings.shown);
    const foreign =
      secret === undefined
        ? { passwords: [], problems: [] }
        : readForeignPasswords(secret.data, secret.shown);
    const said = [...problems, ...foreign.problems];
    if (said.every(({ severity }) => severity !== "error"))
      this.accounts.declare(
        known === "all" ? accounts : accounts.filter(({ name }) => known.has(name)),
        foreign.passwords,
        known === "all" ? "gone" : "not known",
      );
    return said;
  }

  /**
   * Once accounts are held. Takes a reset, then makes the administrator's first password where there is none.
   * @param print says it to whoever started the daemon, and to nobody else: no log, no audit
   * @throws where the cluster cannot be asked; it is to be tried again
   */
  async begin(initialSecret: InitialSecret | undefined, print: (password: Secret) => void): Promise<void> {
    this.tick();
    const made = await makeInitialAdmin(this.#ports, this.accounts, initialSecret);
    if (made.is === "made" && made.told === "print") print(made.password);
  }

  /** Every few seconds: takes a reset that was left meanwhile, and forgets what is over. Never throws. */
  tick(): void {
    const works = [
      () => this.sessions.sweep(),
      () => this.logins.sweep(),
      () => this.accounts.dropOverdue(),
      () => this.#takeReset(),
    ];
    const wrong = works.flatMap((work) => {
      try {
        work();
        return [];
      } catch (cause) {
        return [asFailure(cause, this.around.folder, "look after accounts").message];
      }
    });
    // Until it changes: what lies there is looked at every few seconds.
    const said = wrong.join("\n");
    if (said !== "" && said !== this.#said)
      this.around.log.warn("accounts could not be looked after", { why: wrong });
    this.#said = said;
  }

  #takeReset(): void {
    takeReset(this.around.folder, ({ account, hash }) => {
      if (this.accounts.find(account) === undefined)
        throw new Failure("config", account, "after-edit", {
          cannot: "reset a password",
          why: "there is no account of this name",
          fix: "Declare the account, or run holdfast admin reset-password with another name",
        });
      this.passwords.setHash(account, hash, { by: "host" });
    });
  }
}
