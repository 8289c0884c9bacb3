import { asFailure, Failure } from "../../core/model/failure.ts";
import type { RepositoryAccess } from "../../core/model/repository-access.ts";
import type { Digest } from "../../core/model/source-revision.ts";
import type {
  ArtifactAsk,
  ArtifactReference,
  OldAnswer,
  ResolvedArtifact,
} from "../../core/ports/artifacts.ts";
import { messageOf } from "../../lib/caught.ts";
import { defined } from "../../lib/defined.ts";
import { withoutUserinfo } from "../../lib/url-userinfo.ts";
import { bytesOf, type HttpAnswer } from "../../remote/http.ts";
import { LatestAnswer } from "../../remote/latest-answer.ts";
import { placeKey } from "../credentials.ts";
import { digestOf, MAX_ARCHIVE_BYTES, type PlaceParts } from "../place.ts";
import { timed } from "../timed.ts";
import { type ChartIndex, type ChartVersion, exactVersion, findVersion, readIndex } from "./chart-index.ts";
import type { HeardIndex, KeptIndexes } from "./kept-indexes.ts";
import { type Reached, reach } from "./reach.ts";

/** DS-3. */
const MAX_INDEX_BYTES = 50 * 1024 * 1024;

type ChartReference = Extract<ArtifactReference, { kind: "helm-chart" }>;

/** One chart repository: its index as it was heard last, and how to get what it names. */
export class HelmRepository {
  /** Without userinfo, a slash at the end. */
  readonly #at: Reached;
  readonly #show: string;
  readonly #place: string;
  readonly #answers: LatestAnswer<HeardIndex>;
  #kept: Promise<HeardIndex | undefined> | undefined;
  /** Why it could not be asked the last time, until it can. */
  #trouble: string | undefined;

  /** @throws {Failure} invalid-spec for an address that is none */
  constructor(
    access: RepositoryAccess,
    private readonly parts: PlaceParts,
    private readonly indexes: KeptIndexes,
  ) {
    this.#at = reach(access);
    this.#show = withoutUserinfo(access.url);
    this.#place = placeKey({ kind: "helm-chart", repository: access });
    this.#answers = new LatestAnswer(parts.clock, () => this.#askIndex(), this.#show);
  }

  async resolve(
    { repository: _, chart, version: asked }: ChartReference,
    ask: ArtifactAsk,
    reference: ChartReference = { kind: "helm-chart", repository: _, chart, version: asked },
  ): Promise<ResolvedArtifact> {
    const { heard, old } = await this.#heard(chart, asked, ask);
    const found = findVersion(heard.index, chart, asked);
    if (found.is === "missing")
      throw new Failure("artifact-version", this.#show, "backoff", {
        cannot: `find ${chart} ${asked}`,
        why: found.why,
        fix: found.fix,
      });
    const { entry } = found;
    const digest = entry.digest ?? (await this.#learnDigest(entry, heard, ask));
    return {
      reference,
      version: entry.version,
      digest,
      archive: { digest, holds: "chart" },
      ...defined({ old }),
    };
  }

  /** What the index names for this very version. @throws {Failure} */
  async fetch(chart: string, version: string, signal: AbortSignal): Promise<Uint8Array> {
    const { heard } = await this.#heard(chart, version, { freshness: "known" });
    const entry = exactVersion(heard.index.get(chart) ?? [], version);
    if (entry !== undefined) return this.#download(entry, signal);
    throw new Failure("artifact-version", this.#show, "backoff", {
      cannot: `fetch ${chart} ${version}`,
      why: "its index does not name that version any more",
      fix: "Name a version that it has",
    });
  }

  /** The index that is new enough for who asks; an older one where the server cannot be asked, with since when. */
  async #heard(
    chart: string,
    asked: string,
    { freshness, asOf }: ArtifactAsk,
  ): Promise<{ heard: HeardIndex; old?: OldAnswer }> {
    const known = await this.#lastHeard();
    const isNamed = known !== undefined && exactVersion(known.index.get(chart) ?? [], asked) !== undefined;
    // What a version is does not change by itself: nobody is asked about it.
    if (known !== undefined && freshness !== "renewed" && isNamed) return { heard: known };
    if (known !== undefined && freshness === "known" && isFound(known.index, chart, asked))
      return { heard: known, ...this.#oldOf(known) };
    try {
      return { heard: await this.#answers.latest(asOf) };
    } catch (cause) {
      const failure = asFailure(cause, this.#show, "read its index");
      if (failure.code !== "artifact-unreachable" || known === undefined) throw failure;
      if (!isFound(known.index, chart, asked)) throw failure;
      return { heard: known, ...this.#oldOf(known) };
    }
  }

  #oldOf({ heardAt }: HeardIndex): { old?: OldAnswer } {
    return this.#trouble === undefined ? {} : { old: { since: heardAt, why: this.#trouble } };
  }

  async #lastHeard(): Promise<HeardIndex | undefined> {
    const known = this.#answers.known();
    if (known !== undefined) return known;
    this.#kept ??= this.indexes.read(this.#show);
    return this.#kept;
  }

  async #askIndex(): Promise<HeardIndex> {
    const { clock, signal } = this.parts;
    const heardAt = clock.now();
    const known = await this.#lastHeard();
    try {
      const read = await timed(this.parts, this.#show, "index", signal, async (inTime) => {
        const answer = await this.#at.home({
          method: "GET",
          url: this.#at.indexUrl,
          signal: inTime,
          idleMs: this.parts.timeoutMs,
          maxBytes: MAX_INDEX_BYTES,
          statuses: known === undefined ? [] : [304],
          headers: conditionsOf(known),
        });
        return answer.status === 304 ? undefined : this.#readIndex(answer);
      });
      const heard: HeardIndex =
        read === undefined && known !== undefined
          ? { ...known, heardAt }
          : { index: new Map(), ...read, heardAt, digests: known?.digests ?? new Map() };
      this.#trouble = undefined;
      this.#kept = undefined;
      if (heard.index !== known?.index) await this.indexes.write(this.#show, heard);
      return heard;
    } catch (cause) {
      const failure = asFailure(cause, this.#show, "read its index");
      if (failure.code === "artifact-unreachable") this.#trouble = failure.why;
      throw failure;
    }
  }

  async #readIndex(answer: HttpAnswer): Promise<Pick<HeardIndex, "index" | "etag" | "lastModified">> {
    const bytes = await bytesOf(answer);
    try {
      const index = await readIndex(
        Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString("utf8"),
      );
      const { etag, "last-modified": lastModified } = answer.headers;
      return { index, ...defined({ etag, lastModified }) };
    } catch (cause) {
      throw new Failure("artifact-refused", this.#show, "backoff", {
        cannot: "read its index",
        why: messageOf(cause).slice(0, 200),
        fix: "Check the URL: it is the folder in which index.yaml lies. A login page answers so, too",
        cause,
      });
    }
  }

  async #download({ url }: ChartVersion, signal: AbortSignal): Promise<Uint8Array> {
    const { client, target } = this.#at.archive(url);
    return timed(this.parts, this.#show, "chart", signal, async (inTime) =>
      bytesOf(
        await client({
          method: "GET",
          url: target,
          signal: inTime,
          idleMs: this.parts.timeoutMs,
          maxBytes: MAX_ARCHIVE_BYTES,
        }),
      ),
    );
  }

  /** An index that tells no digest: the archive is what it was when it was fetched, until somebody asks for it anew. */
  async #learnDigest(entry: ChartVersion, heard: HeardIndex, { freshness }: ArtifactAsk): Promise<Digest> {
    const known = heard.digests.get(entry.url);
    if (known !== undefined && freshness !== "renewed") return known;
    const content = await this.#download(entry, this.parts.signal);
    const digest = digestOf(content);
    await this.parts.store.put(digest, this.#place, content);
    (heard.digests as Map<string, Digest>).set(entry.url, digest);
    await this.indexes.write(this.#show, heard);
    return digest;
  }
}

/** What was heard last is not sent again while it is still so. */
function conditionsOf(known: HeardIndex | undefined): Record<string, string> {
  if (known?.etag !== undefined) return { "If-None-Match": known.etag };
  return known?.lastModified === undefined ? {} : { "If-Modified-Since": known.lastModified };
}

function isFound(index: ChartIndex, chart: string, asked: string): boolean {
  return findVersion(index, chart, asked).is === "found";
}
