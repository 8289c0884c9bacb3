/** Who may ask, of one daemon: accounts, people whom providers vouch for, and the policy that all of them are held to. */

import { join } from "node:path";
import type { AccountsDoor } from "../api/accounts-door.ts";
import type { Shown } from "../api/admission.ts";
import type { InitialSecret } from "../auth/initial-admin.ts";
import { type AccountTexts, RunningAccounts } from "../auth/running-accounts.ts";
import type { Transport } from "../auth/session-cookie.ts";
import type { Asking } from "../auth/who-asks.ts";
import type { Config } from "../config/config.ts";
import { AccessPolicy } from "../core/access/access-policy.ts";
import { Asker, almighty, askerOf } from "../core/access/asker.ts";
import { BUILTIN_POLICY } from "../core/access/builtin-policy.ts";
import type { PolicyLine } from "../core/access/policy-text.ts";
import { linesOfProject, rolesOf } from "../core/access/project-roles.ts";
import { prefixOf } from "../core/access/provider-names.ts";
import type { Subject } from "../core/access/subject.ts";
import { ADMIN } from "../core/accounts/account.ts";
import { argoTokensOf } from "../core/accounts/argo-tokens.ts";
import { scopesPermit } from "../core/accounts/token-scopes.ts";
import type { Actor } from "../core/model/activity.ts";
import type { AskingAs, CredentialOwner } from "../core/model/credential-owner.ts";
import { type Problem, showProblem } from "../core/model/problem.ts";
import type { Project } from "../core/model/project.ts";
import type { Clock } from "../core/ports/clock.ts";
import type { Log } from "../core/ports/log.ts";
import type { SignOnDoor } from "../core/ports/sign-on-desk.ts";
import { defined } from "../lib/defined.ts";
import type { OpenStore } from "../store/open-store.ts";
import { asksWho } from "./asks-who.ts";
import { keptFavourites } from "./kept-favourites.ts";
import { RunningSignOn } from "./running-sign-on.ts";

const TICK_MS = 5_000;
const ASK_PROVIDERS_MS = 60_000;
/** A first password that could not be kept is tried again. */
const BEGIN_AGAIN_MS = 15_000;

export interface AccessAround {
  /** As it holds now, with what Argo CD's settings say beside it. */
  config(): Config;
  /** Where the administrator's first password is left; absent: it is printed. */
  initialSecret?: InitialSecret;
  store: OpenStore;
  clock: Clock;
  log: Log;
  /** As they are written, and `default`. */
  projects(): readonly Project[];
  /** Who asks for what is done now. */
  asking(): string | undefined;
  /** To whoever started the daemon, and to nobody else: no log. */
  print(text: string): void;
}

/** What the API gets of it. Each is absent where there are no accounts and no providers: then nobody asks who somebody is. */
export interface AccessDoors {
  who?: (request: Request, transport: Transport) => Shown;
  door?: AccountsDoor;
  signOn?: SignOnDoor;
}

const ANYBODY: Subject = { name: "", groups: [] };

export class RunningAccess {
  readonly #accounts: RunningAccounts;
  readonly #signOn: RunningSignOn;
  readonly #ending = new AbortController();
  readonly #timers: Timer[];
  #policy: { made: AccessPolicy; written: readonly Project[]; from: readonly unknown[] } | undefined;
  #beginning: "not needed" | "running" | "done" = "not needed";
  #beginAgainAt = 0;
  #said = "";

  constructor(private readonly around: AccessAround) {
    const { config, store, clock, log } = around;
    this.#signOn = new RunningSignOn({
      ...{ config, clock, log },
      isAccount: (name) => this.#accounts.accounts.find(name) !== undefined,
    });
    this.#accounts = new RunningAccounts({
      ...{ store: store.accounts, journal: store, clock, log },
      belongings: keptFavourites(store),
      folder: config().data,
      asking: () => around.asking(),
      serverToken: () => config().server.token,
      hasRole: (project, role) => this.#hasRole(project, role),
      rules: () => {
        const { homeAccess } = config();
        return homeAccess.is === "whole" || homeAccess.is === "partly" ? homeAccess : {};
      },
      argoTokens: {
        held: () => {
          const { homeAccess } = config();
          return "tokens" in homeAccess ? homeAccess.tokens : undefined;
        },
        ofRole: (project, role) => {
          const found = around.projects().find(({ metadata }) => metadata.name === project);
          return found === undefined ? [] : argoTokensOf(found, role);
        },
      },
      prefixOf: (owner) => prefixOf(owner, config().signOn),
      directories: this.#signOn.directories(),
      transport: () => this.#signOn.transport(),
      share: (from, to) => this.#signOn.share(from, to),
    });
    this.hold();
    const every = (ms: number, work: () => void): Timer => setInterval(work, ms);
    this.#timers = [
      every(TICK_MS, () => this.#tick()),
      every(ASK_PROVIDERS_MS, () => {
        if (this.#isOn())
          void this.#signOn
            .lookAgain(this.#accounts.providerSessions, this.#ending.signal)
            .catch(() => undefined);
      }),
    ];
  }

  /** The config holds from now on. */
  hold(): void {
    const config = this.around.config();
    this.#policy = undefined;
    const { is } = config.homeAccess;
    const problems = this.#accounts.hold(
      textsOf(config),
      is === "silent" || is === "whole" ? "all" : new Set(config.accounts.map(({ name }) => name)),
    );
    // What is written was checked: what is found here is a fault of ours, and then nothing changed.
    if (problems.length > 0)
      this.around.log.error("accounts are as they were", { why: problems.map(showProblem) });
    this.#beginWhereNeeded();
  }

  /** The home may hold a password that was not seen yet. */
  #beginWhereNeeded(): void {
    const { accounts, homeAccess } = this.around.config();
    if (accounts.length === 0 || homeAccess.is === "unseen" || this.#beginning !== "not needed") return;
    const now = this.around.clock.monotonic();
    if (now < this.#beginAgainAt) return;
    this.#beginAgainAt = now + BEGIN_AGAIN_MS;
    this.#beginning = "running";
    void this.#begin();
  }

  doors(): AccessDoors {
    if (!this.#isOn()) return {};
    const { accounts, argoTokens, handed, logins, passwords, providerSessions, sessions, tokens, who } =
      this.#accounts;
    return {
      who: (request, transport) => this.#shown(who.ask(request.headers, transport)),
      door: { accounts, argoTokens, handed, logins, passwords, sessions, tokens, who },
      ...(this.around.config().signOn.length === 0 ? {} : { signOn: this.#signOn.door(providerSessions) }),
    };
  }

  stop(): void {
    this.#ending.abort();
    for (const timer of this.#timers) clearInterval(timer);
  }

  /** Whether anybody is asked who they are. */
  #isOn(): boolean {
    return asksWho(this.around.config());
  }

  #tick(): void {
    if (!this.#isOn()) return;
    this.#accounts.tick();
    this.#beginWhereNeeded();
  }

  /** A first password that cannot be kept is tried again, and made by whoever resets it. */
  async #begin(): Promise<void> {
    try {
      await this.#accounts.begin(this.around.initialSecret, (password) =>
        this.around.print(
          [
            `The first password of ${ADMIN}, said this once: ${password.reveal()}`,
            `Change it after the first login. Another one: holdfast admin reset-password --data ${this.around.config().data}`,
          ].join("\n"),
        ),
      );
      this.#beginning = "done";
    } catch (cause) {
      this.#beginning = "not needed";
      this.around.log.error("the administrator has no password yet", { why: String(cause) });
    }
  }

  #shown(asking: Asking): Shown {
    switch (asking.is) {
      case "nobody": {
        const { homeAccess } = this.around.config();
        return "anonymous" in homeAccess && homeAccess.anonymous === "may what everybody may"
          ? // As one who has a cookie: other sites' pages have a browser ask without one as well.
            { is: "known", by: "cookie", asker: this.#anybody() }
          : { is: "nobody" };
      }
      case "refused":
        return { is: "refused", ...defined({ why: asking.why }) };
      case "server-token":
        return { is: "known", by: "header", asker: almighty("user:token") };
      case "session": {
        const { subject, session, handOut } = asking;
        const prefix = this.#prefixOf(session.owner);
        if (!this.#isVouched(session.owner, prefix)) return { is: "refused" };
        // What a provider says of somebody may change meanwhile: then who asks is somebody else.
        const holds = (): boolean =>
          this.#accounts.sessions.holds(session.id, session.owner) && this.#isVouched(session.owner, prefix);
        const { owner } = session;
        const own = owner.kind === "account" ? { own: { account: owner.name, session: session.id } } : {};
        const who = actorOf(owner, subject.name, session.id);
        const asker = askerOf({ actor: `user:${subject.name}`, subject, holds, who, ...own }, () =>
          this.#policyNow(),
        );
        const by = session.carried === "cookie" ? "cookie" : "header";
        return { is: "known", by, asker, ...defined({ handOut }) };
      }
      case "argo-token": {
        const { subject, owner, id, holds } = asking;
        const who = actorOf(owner, subject.name, id);
        const asker = askerOf({ actor: `token:${subject.name}/${id}`, subject, holds, who }, () =>
          this.#policyNow(),
        );
        return { is: "known", by: "header", asker };
      }
      case "token": {
        const { subject, token, scopes, owner } = asking;
        const holds = (): boolean => this.#accounts.tokens.holds(token.id);
        const who = actorOf(owner, subject.name, token.id);
        const asker = askerOf(
          { actor: `token:${subject.name}/${token.name}`, subject, holds, who },
          () => this.#policyNow(),
          scopes === "all" ? undefined : (request) => scopesPermit(scopes, request),
        );
        return { is: "known", by: "header", asker };
      }
    }
  }

  /** What the default role may, and nothing else: no line of a policy names them. */
  #anybody(): Asker {
    return new Asker(
      "user:anonymous",
      "anonymous",
      (request) => {
        const decision = this.#policyNow().decide(ANYBODY, request);
        const { is, because } = decision;
        return is === "allowed" && because !== "nothing" && because.of === "default-role"
          ? decision
          : { is: "denied", because: "nothing" };
      },
      () => {
        const { homeAccess } = this.around.config();
        return "anonymous" in homeAccess && homeAccess.anonymous === "may what everybody may";
      },
      undefined,
      "policy",
      () => this.#policyNow(),
    );
  }

  /** By a provider of the config, and by the same names as when it was opened. */
  #isVouched(owner: AskingAs, prefix: string | undefined): boolean {
    return owner.kind !== "sso" || (prefix !== undefined && this.#prefixOf(owner) === prefix);
  }

  #prefixOf(owner: AskingAs): string | undefined {
    return owner.kind === "sso" ? prefixOf(owner, this.around.config().signOn) : undefined;
  }

  #policyNow(): AccessPolicy {
    const { rbac } = this.around.config();
    const written = this.around.projects();
    // A right that was given or taken away counts from the next request on: a pipeline uses at once what it was given.
    if (this.#policy?.written === written && this.#policy.from[0] === rbac) return this.#policy.made;
    // The same object as long as nothing changed: what is open asks again when it is another.
    const from = [rbac, ...written.flatMap(({ metadata, spec }) => [metadata.name, spec.roles])];
    if (
      this.#policy?.from.length === from.length &&
      from.every((one, at) => one === this.#policy?.from[at])
    ) {
      this.#policy.written = written;
      return this.#policy.made;
    }
    const { lines, matchMode, defaultRole } = rbac;
    const projects = new Map<string, readonly PolicyLine[]>();
    const wrong: Problem[] = [];
    for (const { metadata, spec } of written) {
      const read = linesOfProject(metadata.name, rolesOf(spec.roles ?? []));
      projects.set(metadata.name, read.lines);
      wrong.push(...read.problems);
    }
    this.#say(wrong);
    const made = new AccessPolicy({ lines: [...BUILTIN_POLICY, ...lines], projects, matchMode, defaultRole });
    this.#policy = { made, written, from };
    return made;
  }

  /** Until it changes. */
  #say(wrong: readonly Problem[]): void {
    const said = wrong.map(({ object, text }) => `${object}: ${text}`);
    if (said.join("\n") !== this.#said && said.length > 0)
      this.around.log.warn("roles of projects that cannot be read give nothing", { why: said });
    this.#said = said.join("\n");
  }

  #hasRole(project: string, role: string): boolean {
    const found = this.around.projects().find(({ metadata }) => metadata.name === project);
    return rolesOf(found?.spec.roles ?? []).some(({ name }) => name === role);
  }
}

/** @param via the session or the token that was shown */
function actorOf(owner: AskingAs | CredentialOwner, name: string, via: string): Actor {
  if (owner.kind === "sso") return { kind: "sso", name, issuer: owner.issuer, via };
  return { kind: owner.kind, name, via };
}

/** The config's entries in the words of `argocd-cm` and `argocd-secret`. */
function textsOf({ accounts, data }: Config): AccountTexts {
  const settings: Record<string, string> = {};
  const secret: Record<string, string> = {};
  // Without an entry there is nobody, not even an administrator.
  if (accounts.length === 0) settings["admin.enabled"] = "false";
  for (const { name, may, enabled, passwordHash, passwordChangedAt = 0 } of accounts) {
    const isAdmin = name === ADMIN;
    const key = isAdmin ? "admin.password" : `accounts.${name}.password`;
    settings[`accounts.${name}`] = may.join(", ");
    settings[isAdmin ? "admin.enabled" : `accounts.${name}.enabled`] = enabled === "yes" ? "true" : "false";
    if (passwordHash !== undefined) secret[key] = passwordHash.reveal();
    if (passwordChangedAt > 0) secret[`${key}Mtime`] = new Date(passwordChangedAt).toISOString();
  }
  const shown = join(data, "config");
  return { settings: { shown, data: settings }, secret: { shown, data: secret } };
}
