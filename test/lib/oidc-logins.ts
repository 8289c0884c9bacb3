/** Logins at a stand-in of a provider, and what comes of them. */
import { expect } from "bun:test";
import { Failure } from "../../src/core/model/failure.ts";
import { Secret } from "../../src/core/model/secret.ts";
import type { OidcSignOn } from "../../src/core/model/sign-on.ts";
import { Oidc } from "../../src/sso/oidc/oidc.ts";
import type { PendingSignOn, SignedOn } from "../../src/sso/sign-on.ts";
import { type OidcStand, startOidcStand } from "./oidc-stand.ts";

export const REDIRECT = "https://cd.example.org/auth/callback";
export const never = new AbortController().signal;

export type ChangeAnswer = (answer: URLSearchParams, pending: PendingSignOn) => void;

export class OidcLogins {
  nowMs = Date.now();
  readonly stand: OidcStand = startOidcStand(undefined, () => this.nowS());

  nowS(): number {
    return Math.floor(this.nowMs / 1_000);
  }

  settings(changes: Partial<OidcSignOn> = {}): OidcSignOn {
    return {
      by: "oidc",
      name: "Stand",
      issuer: this.stand.issuer,
      clientId: "holdfast",
      clientSecret: new Secret("secret-canary"),
      scopes: ["openid", "profile", "email", "groups"],
      idTokenClaims: {},
      groupClaims: ["groups"],
      tls: {},
      ...changes,
    };
  }

  open(changes: Partial<OidcSignOn> = {}, graph?: string): Oidc {
    return this.openWith(this.settings(changes), graph);
  }

  openWith(settings: OidcSignOn, graph?: string): Oidc {
    const now = (): number => this.nowMs;
    const clock = { now, monotonic: now, sleep: () => Promise.resolve() };
    return new Oidc(settings, { clock, ...(graph === undefined ? {} : { graph }) });
  }

  async logIn(oidc = this.open(), change: ChangeAnswer = () => undefined): Promise<SignedOn> {
    const { location, pending } = await oidc.begin({ redirectUri: REDIRECT, returnTo: "/" }, never);
    const answer = this.stand.agree(location);
    change(answer, pending);
    return await oidc.finish(pending, answer, never);
  }
}

/** The Failure that this ends in; it names the provider and a fix, and no secret. */
export async function refusal(work: Promise<unknown>): Promise<Failure> {
  const caught = await work.then(
    (value) => value,
    (cause: unknown) => cause,
  );
  expect(caught).toBeInstanceOf(Failure);
  const failure = caught as Failure;
  expect(failure.message).toStartWith("Stand (");
  expect(failure.fix ?? "").not.toBe("");
  expect(failure.message).not.toContain("canary");
  return failure;
}
