/** Files at addresses of their own: what was there last, and whether it still is. */
import { asFailure, Failure } from "../core/model/failure.ts";
import type { RepositoryAccess } from "../core/model/repository-access.ts";
import type { Digest } from "../core/model/source-revision.ts";
import type { ArtifactAsk, ArtifactReference, OldAnswer, ResolvedArtifact } from "../core/ports/artifacts.ts";
import { defined } from "../lib/defined.ts";
import { Lru } from "../lib/lru.ts";
import { WRITE_PLAINLY, whyNotPlain } from "../lib/plain-address.ts";
import { withoutUserinfo } from "../lib/url-userinfo.ts";
import { bytesOf, type Http, httpClient } from "../remote/http.ts";
import { LatestAnswer } from "../remote/latest-answer.ts";
import { termsOf } from "../remote/terms-of.ts";
import { accessKey, authorizationOf, placeKey } from "./credentials.ts";
import { KeptTexts } from "./kept-texts.ts";
import { type ArtifactPlace, digestOf, type PlaceParts } from "./place.ts";
import { timed } from "./timed.ts";

type FileReference = Extract<ArtifactReference, { kind: "file" }>;

/** Addresses whose state is in memory. */
const MOST = 2_000;
/** DS-1. */
const MAX_FILE_BYTES = 10 * 1024 * 1024;

/** What a server says again is written this often: since when it is silent is said to people. */
const KEEP_EVERY_MS = 300_000;

/** A file as its server gave it, or said that it still is. */
interface HeardFile {
  digest: Digest;
  /** Milliseconds since 1970: when the request was sent to which it was the answer. */
  heardAt: number;
  etag?: string;
  lastModified?: string;
}

export class WebFiles implements ArtifactPlace<"file"> {
  readonly #known = new Lru<string, WebFile>(MOST);
  readonly #kept: KeptTexts;

  constructor(private readonly parts: PlaceParts) {
    this.#kept = new KeptTexts(parts, "what is known of a file");
  }

  async resolve(reference: FileReference, ask: ArtifactAsk): Promise<ResolvedArtifact> {
    return this.#at(reference.repository).resolve(reference, ask);
  }

  async fetch({ reference }: ResolvedArtifact): Promise<Uint8Array> {
    return this.#at(reference.repository).download();
  }

  #at(access: RepositoryAccess): WebFile {
    const key = accessKey(access);
    const known = this.#known.get(key) ?? new WebFile(access, this.parts, this.#kept);
    this.#known.set(key, known);
    return known;
  }
}

class WebFile {
  readonly #url: string;
  readonly #show: string;
  readonly #place: string;
  readonly #http: Http;
  readonly #answers: LatestAnswer<HeardFile>;
  #kept: Promise<HeardFile | undefined> | undefined;
  #writtenAt = 0;
  /** `whole`: the next request is for all of it, whatever its server says of changes. */
  #asks: "changes" | "whole" = "changes";
  /** Milliseconds since 1970: when all of it was asked for last. */
  #wholeAt = Number.NEGATIVE_INFINITY;
  /** Why it could not be asked the last time, until it can. */
  #trouble: string | undefined;

  /** @throws {Failure} invalid-spec for an address that is none */
  constructor(
    access: RepositoryAccess,
    private readonly parts: PlaceParts,
    private readonly texts: KeptTexts,
  ) {
    const url = URL.parse(access.url);
    this.#show = withoutUserinfo(access.url);
    if (url === null || !/^https?:$/.test(url.protocol) || /[\p{Cc}\s]/u.test(access.url))
      throw new Failure("invalid-spec", this.#show, "after-edit", {
        cannot: "fetch it",
        why: "it is no http or https address",
        fix: "Write it as https://host/path",
      });
    const unclear = whyNotPlain(access.url);
    if (unclear !== undefined)
      throw new Failure("invalid-spec", this.#show, "after-edit", {
        cannot: "fetch it",
        why: unclear,
        fix: WRITE_PLAINLY,
      });
    url.username = url.password = url.hash = "";
    this.#url = url.href;
    this.#place = placeKey({ kind: "file", repository: access });
    this.#http = httpClient({
      origin: url.origin,
      elsewhere: "bare, far",
      userAgent: "Holdfast",
      ...defined({ authorization: parts.lent.authorizer(access, authorizationOf) }),
      ...termsOf(access),
      ...defined({ reach: access.reach, lookUp: parts.lookUp }),
      says: {
        object: this.#show,
        cannot: "fetch it",
        unreachable: "artifact-unreachable",
        auth: "artifact-auth",
        thing: "file",
        tooLong: "Commit it to the repository in parts",
      },
    });
    this.#answers = new LatestAnswer(parts.clock, () => this.#ask(), this.#show);
  }

  /** As it was heard last, where nobody wants to know it newer; an older one where the server cannot be asked. */
  async resolve(reference: FileReference, { freshness, asOf }: ArtifactAsk): Promise<ResolvedArtifact> {
    const known = await this.#lastHeard();
    await this.texts.used(this.#place);
    if (known !== undefined && freshness === "known")
      return this.#resolved(reference, known, this.#oldOf(known));
    if (freshness === "renewed" && this.#wholeAt < (asOf ?? Number.POSITIVE_INFINITY)) this.#wantWhole(known);
    try {
      return this.#resolved(reference, await this.#answers.latest(asOf));
    } catch (cause) {
      const failure = asFailure(cause, this.#show, "fetch it");
      if (failure.code !== "artifact-unreachable" || known === undefined) throw failure;
      return this.#resolved(reference, known, this.#oldOf(known));
    }
  }

  /** What was heard by a question for changes alone counts no more, but for as long as its server is silent. */
  #wantWhole(known: HeardFile | undefined): void {
    this.#asks = "whole";
    if (known !== undefined) this.#kept = Promise.resolve(known);
    this.#answers.outdate();
  }

  async download(): Promise<Uint8Array> {
    const { content } = (await this.#request(undefined)) ?? {};
    return content ?? new Uint8Array();
  }

  #resolved(reference: FileReference, { digest }: HeardFile, old?: OldAnswer): ResolvedArtifact {
    return { reference, version: "", digest, archive: { digest, holds: "itself" }, ...defined({ old }) };
  }

  #oldOf({ heardAt }: HeardFile): OldAnswer | undefined {
    return this.#trouble === undefined ? undefined : { since: heardAt, why: this.#trouble };
  }

  async #lastHeard(): Promise<HeardFile | undefined> {
    const known = this.#answers.known();
    if (known !== undefined) return known;
    this.#kept ??= this.texts
      .read(this.#place)
      .then((text) => (text === undefined ? undefined : (JSON.parse(text) as HeardFile)));
    return this.#kept;
  }

  async #ask(): Promise<HeardFile> {
    const heardAt = this.parts.clock.now();
    const asks = this.#asks;
    this.#asks = "changes";
    if (asks === "whole") this.#wholeAt = heardAt;
    const known = asks === "whole" ? undefined : await this.#lastHeard();
    try {
      const read = await this.#request(known);
      const heard: HeardFile =
        read === undefined && known !== undefined
          ? { ...known, heardAt }
          : {
              digest: digestOf(read?.content ?? new Uint8Array()),
              heardAt,
              ...defined({ etag: read?.etag, lastModified: read?.lastModified }),
            };
      if (read !== undefined) await this.parts.store.put(heard.digest, this.#place, read.content);
      this.#trouble = undefined;
      this.#kept = undefined;
      if (read !== undefined || heardAt - this.#writtenAt > KEEP_EVERY_MS) {
        this.#writtenAt = heardAt;
        await this.texts.write(this.#place, JSON.stringify(heard));
      }
      return heard;
    } catch (cause) {
      if (asks === "whole") this.#asks = "whole";
      const failure = asFailure(cause, this.#show, "fetch it");
      if (failure.code === "artifact-unreachable") this.#trouble = failure.why;
      throw failure;
    }
  }

  /** @returns undefined where it is what it was */
  async #request(
    known: HeardFile | undefined,
  ): Promise<{ content: Uint8Array; etag?: string; lastModified?: string } | undefined> {
    return timed(this.parts, this.#show, "file", this.parts.signal, async (signal) => {
      const answer = await this.#http({
        method: "GET",
        url: this.#url,
        signal,
        idleMs: this.parts.timeoutMs,
        maxBytes: MAX_FILE_BYTES,
        statuses: known === undefined ? [] : [304],
        headers: conditionsOf(known),
      });
      if (answer.status === 304) return undefined;
      const { etag, "last-modified": lastModified } = answer.headers;
      return { content: await bytesOf(answer), ...defined({ etag, lastModified }) };
    });
  }
}

/** What was heard last is not sent again while it is still so. */
function conditionsOf(known: HeardFile | undefined): Record<string, string> {
  if (known?.etag !== undefined) return { "If-None-Match": known.etag };
  return known?.lastModified === undefined ? {} : { "If-Modified-Since": known.lastModified };
}
