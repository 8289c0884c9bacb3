/** Logins that somebody lends for a while: asked for once for all who need the same, and again before they end. */

import { readFile } from "node:fs/promises";
import { rootCertificates } from "node:tls";
import { Failure, type FailureCode } from "../../core/model/failure.ts";
import type { RepositoryAccess } from "../../core/model/repository-access.ts";
import { revealed } from "../../core/model/revealed.ts";
import type { Clock } from "../../core/ports/clock.ts";
import { codeOf, messageOf } from "../../lib/caught.ts";
import { defined } from "../../lib/defined.ts";
import { hashText } from "../../lib/hash.ts";
import { isMapping } from "../../lib/is-mapping.ts";
import { Lru } from "../../lib/lru.ts";
import { printable } from "../../lib/printable.ts";
import { SharedWork } from "../../lib/shared-work.ts";
import { withoutUserinfo } from "../../lib/url-userinfo.ts";
import { type Authorizer, bytesOf, httpClient } from "../http.ts";
import type { LookUp, Reach } from "../reach.ts";
import { termsOf } from "../terms-of.ts";
import { ecrLogin } from "./aws/ecr.ts";
import { type AzureWorkload, azureLogin } from "./azure.ts";
import { githubInstallation, githubLogin, ownerAndName } from "./github-app.ts";
import { googleLogin } from "./google.ts";
import type { AskLender, AskLenderText, LenderRequest, Lent, LentLogin } from "./lent-login.ts";

const MOST = 500;
const MOST_REPOSITORIES = 10_000;
const MAX_ANSWER_BYTES = 256 * 1024;
/** Before its end a login is not given any more: a fetch that begins with it takes a while. */
const SPARE_S = 300;
/** A login that is younger is not asked for again, though a server turned it away: the next one would fare no better. */
const YOUNG_MS = 60_000;

export interface LentParts {
  clock: Clock;
  /** Longest silence. */
  timeoutMs: number;
  /** Of the daemon: who its Pod is, for Azure. */
  environment: Readonly<Record<string, string | undefined>>;
  lookUp?: LookUp;
  /** How far the name of a lender may lead. Default: anywhere. */
  reach?: (hostname: string) => Reach;
  /** What an app has to be let, where it is refused. */
  appMay?: string;
  codes: { unreachable: FailureCode; auth: FailureCode };
}

export class LentLogins {
  readonly #known = new Lru<string, { login: LentLogin; lentMs: number; untilMs: number }>(MOST);
  /** Of repositories, by the app that is installed there. */
  readonly #installations = new Lru<string, string>(MOST_REPOSITORIES);
  readonly #placing = new SharedWork<string, string>();
  readonly #asking = new SharedWork<string, LentLogin>();

  constructor(private readonly parts: LentParts) {}

  /**
   * The same access with what its lender lends; as it is where it has none.
   * @throws {Failure} where nothing is lent; the signal's reason
   */
  async opened(access: RepositoryAccess, signal?: AbortSignal): Promise<RepositoryAccess> {
    if (access.lender === undefined) return access;
    const placed = await this.#placed(access, signal);
    const key = keyOf(placed);
    const known = this.#known.get(key);
    const login =
      known !== undefined && this.parts.clock.monotonic() < known.untilMs
        ? known.login
        : await this.#asking.run(key, signal, (shared) => this.#ask(key, placed, shared));
    return { ...access, ...login };
  }

  /** The same with the installation of its app, which is asked for once for each repository: many have one. */
  async #placed(access: RepositoryAccess, signal: AbortSignal | undefined): Promise<RepositoryAccess> {
    const { lender, url } = access;
    if (lender?.from !== "github-app" || lender.installationId !== undefined) return access;
    const key = keyOf(access);
    const installationId =
      this.#installations.get(key) ??
      (await this.#placing.run(key, signal, (shared) =>
        this.#told(access, shared, async (nowMs, ask) => {
          const id = await githubInstallation(lender, url, nowMs, ask);
          this.#installations.set(key, id);
          return id;
        }),
      ));
    return { ...access, lender: { ...lender, installationId } };
  }

  /** @param write an access as the header says it */
  authorizer(
    access: RepositoryAccess,
    write: (access: RepositoryAccess) => string | undefined,
  ): string | Authorizer | undefined {
    if (access.lender === undefined) return write(access);
    return {
      ask: async (signal) => write(await this.opened(access, signal)),
      refused: (sent) => this.#forget(access, (login) => write({ ...access, ...login }) === sent),
    };
  }

  /** A server turned it away: whoever asks next has a new one. @param opened as `opened` gave it */
  refused(opened: RepositoryAccess): void {
    const { password, bearerToken } = opened;
    this.#forget(
      opened,
      (login) =>
        login.password?.reveal() === password?.reveal() &&
        login.bearerToken?.reveal() === bearerToken?.reveal(),
    );
  }

  /** One that was lent since then stays. */
  #forget(access: RepositoryAccess, isIt: (login: LentLogin) => boolean): void {
    const { lender } = access;
    const installationId =
      lender?.from === "github-app" ? (lender.installationId ?? this.#installations.get(keyOf(access))) : "";
    if (lender === undefined || installationId === undefined) return;
    const key = keyOf(
      lender.from === "github-app" ? { ...access, lender: { ...lender, installationId } } : access,
    );
    const known = this.#known.get(key);
    if (known === undefined || !isIt(known.login)) return;
    if (this.parts.clock.monotonic() - known.lentMs < YOUNG_MS) return;
    this.#known.delete(key);
    // It may be installed anew.
    this.#installations.delete(keyOf(access));
  }

  async #ask(key: string, access: RepositoryAccess, signal: AbortSignal): Promise<LentLogin> {
    const askedMs = this.parts.clock.monotonic();
    const { login, livesS } = await this.#lend(access, signal);
    const shown = (login.password ?? login.bearerToken)?.reveal() ?? "";
    if (!/^[\x21-\x7e]+$/.test(shown))
      throw this.#failed(access, "its lender answered without a token", "Look at the server that lends it");
    // Of one that lives shortly, a part is enough.
    const spareS = Math.min(SPARE_S, livesS / 2);
    this.#known.set(key, { login, lentMs: askedMs, untilMs: askedMs + (livesS - spareS) * 1_000 });
    return login;
  }

  #lend(access: RepositoryAccess, signal: AbortSignal): Promise<Lent> {
    const { lender, type = "git", url } = access;
    return this.#told(access, signal, async (nowMs, ask, askText) => {
      switch (lender?.from) {
        case "github-app":
          return githubLogin({ ...lender, installationId: lender.installationId ?? "" }, nowMs, ask);
        case "google":
          return googleLogin(lender.key.reveal(), type, nowMs, ask);
        case "azure-principal":
        case "azure-workload":
          return azureLogin(lender, workloadOf(this.parts.environment), { host: hostOf(url), type }, ask);
        case "aws":
          return ecrLogin(lender, hostOf(url), { environment: this.parts.environment, nowMs, ask: askText });
        case undefined:
          throw new Error("nobody lends anything");
      }
    });
  }

  /** @throws {Failure} for whatever goes wrong, about the repository */
  async #told<T>(
    access: RepositoryAccess,
    signal: AbortSignal,
    work: (nowMs: number, ask: AskLender, askText: AskLenderText) => Promise<T>,
  ): Promise<T> {
    try {
      const askText = this.#askOf(access, signal);
      return await work(this.parts.clock.now(), async (request) => asObject(await askText(request)), askText);
    } catch (cause) {
      if (cause instanceof Failure || signal.aborted) throw cause;
      // A key that cannot sign, an environment that does not say who we are.
      throw this.#failed(access, messageOf(cause), "Correct the credentials of this repository", cause);
    }
  }

  #askOf(access: RepositoryAccess, signal: AbortSignal): AskLenderText {
    const { timeoutMs, lookUp, codes, reach, appMay = "read its contents" } = this.parts;
    const { tls, proxy } = termsOf(access);
    return async ({ what, url, headers, post }) => {
      const { origin, host, hostname } = new URL(url);
      const isOwn = host === hostOf(access.url);
      const client = httpClient({
        origin,
        elsewhere: "refused",
        userAgent: "Holdfast",
        ...defined({ lookUp, proxy, reach: reach?.(hostname), tls: isOwn ? tls : elsewhereTls(tls) }),
        says: {
          object: withoutUserinfo(access.url),
          cannot: `get ${what} for it from ${host}`,
          unreachable: codes.unreachable,
          auth: codes.auth,
          thing: "lender of tokens",
          tooLong: "Look at the server that lends it",
        },
      });
      const answer = await client({
        method: post === undefined ? "GET" : "POST",
        url,
        signal,
        idleMs: timeoutMs,
        maxBytes: MAX_ANSWER_BYTES,
        statuses: [201, 400, 401, 403, 404, 422],
        headers: {
          Accept: "application/json",
          ...headers,
          ...(isForm(post) ? { "Content-Type": "application/x-www-form-urlencoded" } : {}),
        },
        ...defined({ body: bodyOf(post) }),
      });
      const text = new TextDecoder().decode(await bytesOf(answer));
      if (answer.status === 200 || answer.status === 201) return text;
      throw new Failure(codes.auth, withoutUserinfo(access.url), "backoff", {
        cannot: `get ${what} for it from ${host}`,
        why: `it answered HTTP ${answer.status}${wordsOf(text)}`,
        fix: FIX[access.lender?.from ?? "google"].replace("{may}", appMay),
      });
    };
  }

  #failed({ url }: RepositoryAccess, why: string, fix: string, cause?: unknown): Failure {
    return new Failure(this.parts.codes.auth, withoutUserinfo(url), "backoff", {
      cannot: "get a token for it",
      why,
      fix,
      ...defined({ cause }),
    });
  }
}

const FIX = {
  "github-app": "Check the app's id and key, and that it is installed where the repository is and may {may}",
  google: "Check that the service account is there, and that its key was not revoked",
  "azure-principal": "Check the tenant, the client and its secret",
  "azure-workload": "Check that the client trusts this cluster's service account (a federated credential)",
  aws: "Let whom the daemon's environment names, or awsRoleArn, ask ecr:GetAuthorizationToken, and the role's trust policy let it be assumed",
} as const;

/** Equal for who is lent the same. */
function keyOf(access: RepositoryAccess): string {
  const { lender, url, type = "git", proxy, noProxy, ca, tlsCheck } = access;
  const isApp = lender?.from === "github-app";
  const of =
    isApp && lender.installationId === undefined ? ownerAndName(url) : isApp ? "" : [hostOf(url), type];
  return hashText(JSON.stringify(revealed([lender, of, proxy, noProxy, ca, tlsCheck])));
}

/** @param url of a registry it may have no scheme, or `oci:` */
function hostOf(url: string): string {
  return URL.parse(/^https?:\/\//i.test(url) ? url : `https://${url.replace(/^oci:\/\//i, "")}`)?.host ?? "";
}

/** Somebody else's server is taken for the right one by everybody's authorities alone, and sees no certificate of ours. */
function elsewhereTls(tls: ReturnType<typeof termsOf>["tls"]): { ca: string } | undefined {
  return tls?.ca === undefined ? undefined : { ca: [tls.ca, ...rootCertificates].join("\n") };
}

function workloadOf(environment: LentParts["environment"]): AzureWorkload | undefined {
  const tenantId = environment["AZURE_TENANT_ID"] ?? "",
    clientId = environment["AZURE_CLIENT_ID"] ?? "",
    file = environment["AZURE_FEDERATED_TOKEN_FILE"] ?? "";
  if (tenantId === "" || clientId === "" || file === "") return undefined;
  return {
    tenantId,
    clientId,
    authority: environment["AZURE_AUTHORITY_HOST"] || undefined,
    federatedToken: async () => {
      try {
        return (await readFile(file, "utf8")).trim();
      } catch (cause) {
        throw new Error(`the file that AZURE_FEDERATED_TOKEN_FILE names cannot be read (${codeOf(cause)})`);
      }
    },
  };
}

function isForm(post: LenderRequest["post"]): post is { form: Readonly<Record<string, string>> } {
  return typeof post === "object" && "form" in post;
}

function bodyOf(post: LenderRequest["post"]): Buffer<ArrayBuffer> | undefined {
  if (isForm(post)) return Buffer.from(new URLSearchParams({ ...post.form }).toString());
  return typeof post === "object" ? Buffer.from(post.text) : undefined;
}

function asObject(text: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(text);
    return isMapping(value) ? value : {};
  } catch {
    return {};
  }
}

/** Its reason, in the first of the ways in which they say one. */
function wordsOf(text: string): string {
  const answer = asObject(text);
  const said = [
    answer["message"],
    answer["Message"],
    /<Message>([^<]*)</.exec(text)?.[1],
    answer["error_description"],
    answer["error"],
  ].find((one) => typeof one === "string" && one !== "");
  return said === undefined ? "" : `: ${printable(String(said)).slice(0, 200)}`;
}
