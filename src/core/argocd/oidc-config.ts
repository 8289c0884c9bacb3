/**
 * Single sign-on as Argo CD's ConfigMap `argocd-cm` says it, read as it stands:
 * https://argo-cd.readthedocs.io/en/stable/operator-manual/user-management/#existing-oidc-provider
 * Texts that begin with `$` stand in a Secret.
 */
import { whyNoCertificates } from "../../lib/check-pem.ts";
import { defined } from "../../lib/defined.ts";
import { isMapping } from "../../lib/is-mapping.ts";
import { nearest } from "../../lib/nearest.ts";
import { parseYaml } from "../../lib/yaml.ts";
import { whyNoIssuer } from "../model/issuer.ts";
import type { Problem } from "../model/problem.ts";
import { Secret } from "../model/secret.ts";
import type { OidcSignOn } from "../model/sign-on.ts";
import { keptText, type SecretLookUp } from "./kept-text.ts";

/** Scopes that are asked for where nothing else is said. Source: Argo CD. */
const SCOPES: readonly string[] = ["openid", "profile", "email", "groups"];

/** What becomes of each key; every other one is a slip. */
const KEYS: Readonly<Record<string, "read" | "not needed" | "not honoured">> = {
  name: "read",
  issuer: "read",
  clientID: "read",
  clientSecret: "read",
  requestedScopes: "read",
  requestedIDTokenClaims: "read",
  logoutURL: "read",
  rootCA: "read",
  enableUserInfoGroups: "read",
  userInfoPath: "read",
  domainHint: "read",
  // PKCE is always asked for, and groups are read anew with each login and refresh.
  enablePKCEAuthentication: "not needed",
  userInfoCacheExpiration: "not needed",
  refreshTokenThreshold: "not needed",
  // The command line logs in through this server, so that no token of the provider's is taken from anybody.
  cliClientID: "not needed",
  allowedAudiences: "not needed",
  skipAudienceCheckWhenTokenHasNoAudience: "not needed",
  azure: "not honoured",
};

/**
 * @param data of `argocd-cm`
 * @param scopes of `argocd-rbac-cm`
 * @returns no settings where it says nothing of OIDC, or something that cannot be used: errors say what
 */
export function readOidcConfig(
  data: Readonly<Record<string, string>>,
  secretNamed: SecretLookUp,
  scopes: readonly string[] = ["groups"],
): { settings: OidcSignOn | undefined; problems: Problem[] } {
  const text = data["oidc.config"] ?? "";
  if (text.trim() === "") return { settings: undefined, problems: [] };
  const reading = new Reading(secretNamed);
  const written = reading.document(text);
  if (written === undefined) return { settings: undefined, problems: reading.problems };
  const settings = reading.settings(written, data["oidc.tls.insecure.skip.verify"] ?? "", scopes);
  const isUsable = reading.problems.every(({ severity }) => severity !== "error");
  return { settings: isUsable ? settings : undefined, problems: reading.problems };
}

type Values = Readonly<Record<string, unknown>>;

class Reading {
  readonly problems: Problem[] = [];
  constructor(readonly secretNamed: SecretLookUp) {}

  document(text: string): Values | undefined {
    const { documents, problems } = parseYaml(text, {});
    const value = documents[0]?.value;
    const [problem] = problems;
    if (problem !== undefined || documents.length !== 1 || !isMapping(value)) {
      this.#report("", problem === undefined ? "must be one mapping" : problem.text);
      return undefined;
    }
    for (const key of Object.keys(value)) {
      if (!Object.hasOwn(KEYS, key)) this.#unknown(key);
      else if (KEYS[key] === "not honoured") this.#warn(key, "is not honoured yet", "Give clientSecret");
    }
    return value;
  }

  #unknown(key: string): void {
    const near = nearest(key, Object.keys(KEYS));
    const meant = near === undefined ? "" : ` (did you mean ${near}?)`;
    this.#warn(key, `nobody reads this key${meant}`, "Correct its name, or remove it");
  }

  settings(values: Values, skipVerify: string, groupClaims: readonly string[]): OidcSignOn {
    const secret = this.#text(values, "clientSecret");
    const isPublic = values["enablePKCEAuthentication"] === true;
    if (secret === undefined && !isPublic)
      this.#report(
        "clientSecret",
        "is missing",
        "Write $oidc.clientSecret and that key into argocd-secret, or enablePKCEAuthentication: true for a public client",
      );
    const logoutUrl = this.#text(values, "logoutURL");
    const path = this.#text(values, "userInfoPath");
    if (values["enableUserInfoGroups"] === true && path === undefined)
      this.#report(
        "userInfoPath",
        "is missing, and enableUserInfoGroups needs it",
        "Write the path, such as /userinfo",
      );
    return {
      by: "oidc",
      name: this.#text(values, "name") ?? "SSO",
      issuer: this.#issuer(values),
      clientId: this.#needed(values, "clientID"),
      scopes: this.#scopes(values),
      idTokenClaims: this.#claims(values),
      groupClaims,
      tls: this.#tls(values, skipVerify),
      ...defined({
        clientSecret: secret === undefined ? undefined : new Secret(secret),
        logoutUrl,
        domainHint: this.#text(values, "domainHint"),
        userInfo: values["enableUserInfoGroups"] === true && path !== undefined ? { path } : undefined,
      }),
    };
  }

  #issuer(values: Values): string {
    const issuer = this.#needed(values, "issuer");
    const wrong = issuer === "" ? undefined : whyNoIssuer(issuer);
    if (wrong !== undefined) this.#say(wrong.severity, "issuer", wrong.text, wrong.fix);
    return issuer;
  }

  #scopes(values: Values): readonly string[] {
    const written = values["requestedScopes"];
    if (written === undefined || written === null) return SCOPES;
    if (
      !Array.isArray(written) ||
      !written.every((one) => typeof one === "string" && /^[\x21\x23-\x5b\x5d-\x7e]+$/.test(one))
    ) {
      this.#report(
        "requestedScopes",
        "must be a list of scopes",
        'Write it like ["openid", "profile", "email"]',
      );
      return SCOPES;
    }
    return written.length === 0 ? SCOPES : [...new Set(["openid", ...(written as string[])])];
  }

  #claims(values: Values): Readonly<Record<string, unknown>> {
    const written = values["requestedIDTokenClaims"];
    if (written === undefined || written === null) return {};
    if (isMapping(written) && Object.values(written).every((one) => one === null || isMapping(one)))
      return written;
    this.#report(
      "requestedIDTokenClaims",
      "must be a mapping of claims",
      "Write it like {groups: {essential: true}}",
    );
    return {};
  }

  /** Argo CD goes on without an authority that it cannot read, and then trusts whoever the system trusts. */
  #tls(values: Values, skipVerify: string): OidcSignOn["tls"] {
    const ca = this.#text(values, "rootCA");
    const why = ca === undefined ? undefined : whyNoCertificates(ca);
    if (why !== undefined) this.#report("rootCA", why, "Write the authority's certificate in PEM");
    if (skipVerify !== "true") return defined({ ca });
    this.problems.push({
      severity: "warning",
      object: "argocd-cm",
      path: 'data["oidc.tls.insecure.skip.verify"]',
      text: "the provider's certificate is not looked at: whoever is in between can log in as anybody",
      fix: "Write its authority as rootCA, and remove this key",
    });
    return { ...defined({ ca }), check: "nothing" };
  }

  #needed(values: Values, key: string): string {
    const text = this.#text(values, key);
    if (text === undefined && this.problems.every(({ path }) => path !== pathOf(key)))
      this.#report(key, "is missing");
    return text ?? "";
  }

  /** @returns undefined where nothing is written, or what is written is reported */
  #text(values: Values, key: string): string | undefined {
    const written = values[key];
    if (written === undefined || written === null || written === "") return undefined;
    // An id of digits alone is a number to YAML.
    if (typeof written === "number" || typeof written === "bigint") return String(written);
    if (typeof written !== "string") {
      this.#report(key, "must be a text");
      return undefined;
    }
    return written.startsWith("$") ? this.#kept(key, written) : written;
  }

  #kept(key: string, reference: string): string | undefined {
    const kept = keptText(reference, this.secretNamed);
    if (kept.is === "kept") return kept.text;
    this.#report(key, kept.why, kept.fix);
    return undefined;
  }

  #report(key: string, text: string, fix?: string): void {
    this.#say("error", key, text, fix);
  }

  #warn(key: string, text: string, fix?: string): void {
    this.#say("warning", key, text, fix);
  }

  #say(severity: Problem["severity"], key: string, text: string, fix: string | undefined): void {
    this.problems.push({ severity, object: "argocd-cm", path: pathOf(key), text, ...defined({ fix }) });
  }
}

function pathOf(key: string): string {
  return key === "" ? 'data["oidc.config"]' : `data["oidc.config"].${key}`;
}
