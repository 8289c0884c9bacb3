/** Tokens that a registry's own authority gives for pulling from one repository. Source: distribution's token specification. */
import { rootCertificates } from "node:tls";
import { Failure } from "../../core/model/failure.ts";
import type { RepositoryAccess } from "../../core/model/repository-access.ts";
import { defined } from "../../lib/defined.ts";
import { isMapping } from "../../lib/is-mapping.ts";
import { bytesOf, httpClient } from "../../remote/http.ts";
import { leadsNear } from "../../remote/near.ts";
import { termsOf } from "../../remote/terms-of.ts";
import { authorizationOf } from "../credentials.ts";
import type { PlaceParts } from "../place.ts";
import { timed } from "../timed.ts";
import type { OciAddress } from "./address.ts";
import type { Challenge } from "./challenge.ts";

type Bearer = Extract<Challenge, { is: "bearer" }>;

const MAX_ANSWER_BYTES = 256 * 1024;
/** Where it does not say. Source: the same. */
const USUAL_LIFE_S = 60;
const LONGEST_LIFE_S = 3_600;
/** Part of its life after which a token is not used any more: its clock began before ours. */
const USED_FOR = 0.8;

export class RegistryTokens {
  #challenge: Bearer | undefined;
  #token: { text: string; until: number } | undefined;
  #asking: Promise<string> | undefined;

  constructor(
    private readonly access: RepositoryAccess,
    private readonly address: OciAddress,
    private readonly parts: PlaceParts,
    private readonly show: string,
  ) {}

  /** @param sent what was refused: a token that is newer than that one stays */
  challenged(challenge: Bearer, sent: string | undefined): void {
    this.#challenge = challenge;
    if (this.#token !== undefined && sent === `Bearer ${this.#token.text}`) this.#token = undefined;
  }

  /** One that still lives, or a new one; whoever asks meanwhile gets the same. @throws {Failure} */
  async token(): Promise<string> {
    if (this.#token !== undefined && this.parts.clock.now() < this.#token.until) return this.#token.text;
    this.#asking ??= this.#ask().finally(() => {
      this.#asking = undefined;
    });
    return this.#asking;
  }

  async #ask(): Promise<string> {
    const url = this.#url();
    const home = url.origin === this.address.origin;
    const { tls, proxy } = termsOf(this.access);
    const client = httpClient({
      origin: url.origin,
      elsewhere: "refused",
      userAgent: "Holdfast",
      ...defined({
        authorization: this.parts.lent.authorizer(this.access, authorizationOf),
        lookUp: this.parts.lookUp,
        proxy,
      }),
      ...(home ? defined({ reach: this.access.reach }) : { reach: this.access.reach ?? "not here" }),
      ledBy: this.address.origin,
      // The authority may be somebody else's: it sees no certificate of ours, and may be known by everybody's authorities.
      ...defined({
        tls: home
          ? tls
          : tls?.ca === undefined
            ? undefined
            : { ca: [tls.ca, ...rootCertificates].join("\n") },
      }),
      says: {
        object: this.show,
        cannot: `get a token for it from ${url.host}`,
        unreachable: "artifact-unreachable",
        auth: "artifact-auth",
        thing: "registry",
        tooLong: "Look at the server that gives this registry's tokens",
      },
    });
    const text = await timed(this.parts, this.show, "token", this.parts.signal, async (inTime) => {
      const answer = await client({
        method: "GET",
        url: url.href,
        signal: inTime,
        idleMs: this.parts.timeoutMs,
        maxBytes: MAX_ANSWER_BYTES,
      });
      return new TextDecoder().decode(await bytesOf(answer));
    });
    const { token, livesS } = this.#read(text, url);
    this.#token = { text: token, until: this.parts.clock.now() + livesS * 1000 * USED_FOR };
    return token;
  }

  /** The registry names who gives tokens; credentials go there as they would go to the registry, never in the clear. */
  #url(): URL {
    const { realm = "", service } = this.#challenge ?? {};
    const url = URL.parse(realm);
    const isSafe = url?.protocol === "https:" || (url !== null && url.origin === this.address.origin);
    if (url === null || !isSafe || url.username !== "" || url.password !== "")
      throw this.#refused(
        `it wants a token from ${JSON.stringify(realm.slice(0, 200))}, which is no https address`,
        "Look at the registry: the realm that it names in WWW-Authenticate must be an https address",
      );
    if (leadsNear(this.address.origin, url.href))
      throw this.#refused(
        `it wants a token from ${url.host}, which is this machine or its own network`,
        "Look at the registry: the realm that it names in WWW-Authenticate must be its authority's own address",
      );
    url.hash = "";
    if (service !== undefined) url.searchParams.set("service", service);
    // Of the registry itself nothing is asked but whether it lets us in.
    if (this.address.name !== "")
      url.searchParams.set("scope", scopeOf(this.#challenge?.scope, this.address.name));
    return url;
  }

  #read(text: string, { host }: URL): { token: string; livesS: number } {
    let value: unknown;
    try {
      value = JSON.parse(text);
    } catch {
      value = undefined;
    }
    const { token, access_token: other, expires_in: life } = isMapping(value) ? value : {};
    const found = typeof token === "string" && token !== "" ? token : other;
    if (typeof found !== "string" || !/^[\x21-\x7e]+$/.test(found))
      throw this.#refused(
        `${host} answered without a token`,
        "Look at the server that gives this registry's tokens",
      );
    const livesS = typeof life === "number" && life > 0 ? Math.min(life, LONGEST_LIFE_S) : USUAL_LIFE_S;
    return { token: found, livesS };
  }

  #refused(why: string, fix: string): Failure {
    return new Failure("artifact-refused", this.show, "backoff", { cannot: "get a token for it", why, fix });
  }
}

/** Words of a scope that read and change nothing; some registries want the second for their list of tags. */
const READING = ["pull", "metadata_read"];

/** For this repository and for reading alone, whatever the registry would give. */
export function scopeOf(proposed: string | undefined, name: string): string {
  const start = `repository:${name}:`;
  const words = (proposed ?? "")
    .split(" ")
    .flatMap((scope) => (scope.startsWith(start) ? scope.slice(start.length).split(",") : []));
  return `${start}${READING.filter((word) => word === "pull" || words.includes(word)).join(",")}`;
}
