/** Requests to one repository of a registry, with what it asks for. Source: OCI distribution-spec, distribution's token specification. */
import { Failure } from "../../core/model/failure.ts";
import type { RepositoryAccess } from "../../core/model/repository-access.ts";
import { defined } from "../../lib/defined.ts";
import { withoutUserinfo } from "../../lib/url-userinfo.ts";
import { bytesOf, type Http, type HttpAnswer, type HttpCall, httpClient } from "../../remote/http.ts";
import { termsOf } from "../../remote/terms-of.ts";
import { authorizationOf } from "../credentials.ts";
import type { PlaceParts } from "../place.ts";
import { timed } from "../timed.ts";
import type { OciAddress } from "./address.ts";
import { parseChallenge } from "./challenge.ts";
import { RegistryTokens } from "./registry-tokens.ts";

/** Nobody says much at its door. */
const MAX_GREETING_BYTES = 1024 * 1024;

export interface RegistryCall<T> {
  type: "manifest" | "blob" | "tags";
  method: HttpCall["method"];
  /** Behind `/v2/<name>`, with a slash; behind `/v2/` where it is asked of the registry itself. */
  path: string;
  /** Default `repository`. */
  at?: "registry" | "repository";
  accept?: string;
  maxBytes: number;
  /** Beside 200: answers that are no failure. */
  statuses?: readonly number[];
  read(answer: HttpAnswer): Promise<T>;
}

export class Registry {
  readonly show: string;
  readonly #tokens: RegistryTokens;
  /** How it wants to be asked, as its last challenge said. */
  #wants: "nothing" | "credentials" | "a token" = "nothing";

  constructor(
    private readonly access: RepositoryAccess,
    private readonly address: OciAddress,
    private readonly parts: PlaceParts,
  ) {
    this.show = withoutUserinfo(access.url);
    this.#tokens = new RegistryTokens(access, address, parts, this.show);
  }

  /**
   * Whether the registry itself lets us in. Source: OCI distribution-spec, "Determining Support".
   * @throws {Failure} also where a page for people answers there
   */
  async greet(signal: AbortSignal): Promise<void> {
    await this.call(
      {
        ...{ type: "tags", method: "GET", at: "registry", path: "" },
        maxBytes: MAX_GREETING_BYTES,
        read: async (answer) => {
          await bytesOf(answer);
          if (!/^text\/html\b/i.test(answer.headers["content-type"] ?? "")) return;
          throw new Failure("artifact-refused", this.show, "backoff", {
            cannot: "read from it",
            why: "a page for people answers at /v2/, and no registry",
            fix: "Check the address: a login page in front of it answers so, too",
          });
        },
      },
      signal,
    );
  }

  /** @throws {Failure} */
  async call<T>(call: RegistryCall<T>, signal: AbortSignal): Promise<T> {
    const first = await this.#send(call, [401], signal);
    if (first.is === "read") return first.value;
    const { challenge } = first;
    if (challenge.is === "unknown") throw this.#denied(first.sent);
    this.#wants = challenge.is === "basic" ? "credentials" : "a token";
    // A token that was good a moment ago may have been called back.
    if (challenge.is === "bearer") this.#tokens.challenged(challenge, first.sent);
    const second = await this.#send(call, [401], signal);
    if (second.is === "read") return second.value;
    throw this.#denied(second.sent);
  }

  async #send<T>(
    { type, method, path, at = "repository", accept, maxBytes, statuses = [], read }: RegistryCall<T>,
    alsoTaken: readonly number[],
    signal: AbortSignal,
  ): Promise<
    | { is: "read"; value: T }
    | { is: "challenged"; challenge: ReturnType<typeof parseChallenge>; sent: string | undefined }
  > {
    const authorization = await this.#authorization(signal);
    return timed(this.parts, this.show, type, signal, async (inTime) => {
      const answer = await this.#client(authorization)({
        method,
        url: `${this.address.origin}/v2/${at === "registry" ? "" : this.address.name}${path}`,
        signal: inTime,
        idleMs: this.parts.timeoutMs,
        maxBytes,
        statuses: [...statuses, ...alsoTaken],
        ...defined({ headers: accept === undefined ? undefined : { Accept: accept } }),
      });
      if (answer.status !== 401) return { is: "read", value: await read(answer) };
      await answer.body[Symbol.asyncIterator]().return?.();
      // Where content lies elsewhere, nobody may ask for what belongs to the registry.
      if (new URL(answer.url).origin !== this.address.origin) throw this.#closedElsewhere(answer.url);
      const challenge = parseChallenge(answer.headers["www-authenticate"] ?? "");
      return { is: "challenged", challenge, sent: authorization };
    });
  }

  async #authorization(signal: AbortSignal): Promise<string | undefined> {
    const own = this.parts.lent.authorizer(this.access, authorizationOf);
    if (this.access.bearerToken !== undefined) return authorizationOf(this.access);
    switch (this.#wants) {
      case "nothing":
        return undefined;
      case "credentials":
        return typeof own === "object" ? own.ask(signal) : own;
      case "a token":
        try {
          return `Bearer ${await this.#tokens.token()}`;
        } catch (cause) {
          // By now somebody else may give them: the next call has the registry say who.
          this.#wants = "nothing";
          throw cause;
        }
    }
  }

  /** Content may lie elsewhere, and is known by its digest. */
  #client(authorization: string | undefined): Http {
    return httpClient({
      origin: this.address.origin,
      elsewhere: "bare",
      userAgent: "Holdfast",
      ...defined({ authorization }),
      ...termsOf(this.access),
      ...defined({ reach: this.access.reach, lookUp: this.parts.lookUp }),
      says: {
        object: this.show,
        cannot: "read from it",
        unreachable: "artifact-unreachable",
        auth: "artifact-auth",
        thing: "registry",
        tooLong: "Look at the server: it sends more than it announced, or than anything of this kind can be",
      },
    });
  }

  #closedElsewhere(url: string): Failure {
    return new Failure("artifact-unreachable", this.show, "backoff", {
      cannot: "read from it",
      why: `it leads to ${new URL(url).origin}, which wants credentials of its own (HTTP 401)`,
      fix: "Look at the registry: where its content lies must be open to whoever it sends there",
    });
  }

  #denied(sent: string | undefined): Failure {
    const { password, bearerToken, username, lender } = this.access;
    const own = this.parts.lent.authorizer(this.access, authorizationOf);
    if (sent !== undefined && typeof own === "object") own.refused(sent);
    const given =
      sent !== undefined && [password, bearerToken, username, lender].some((one) => one !== undefined);
    return new Failure("artifact-auth", this.show, "backoff", {
      cannot: "read from it",
      why: given
        ? "it refused the credentials (HTTP 401)"
        : "it wants credentials (HTTP 401), or there is no such repository",
      fix: "Give this registry a user name and password or token that may read it: an entry of type: oci under repositories in the config",
    });
  }
}
