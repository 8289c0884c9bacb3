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
import { type ArtifactPlace, digestOf, MAX_ARCHIVE_BYTES, type PlaceParts } from "../place.ts";
import { timed } from "../timed.ts";
import { type ChartIndex, type ChartVersion, exactVersion, findVersion, readIndex } from "./chart-index.ts";
import type { HeardIndex, KeptIndexes } from "./kept-indexes.ts";
import { ociEntry } from "./oci-entry.ts";
import { type Reached, reach } from "./reach.ts";
import type { UsedVersions } from "./used-versions.ts";

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
    private readonly access: RepositoryAccess,
    private readonly parts: PlaceParts,
    private readonly kept: { indexes: KeptIndexes; versions: UsedVersions },
    /** Where an index names what lies in a registry. */
    private readonly registries: ArtifactPlace<"oci">,
  ) {
    this.#at = reach(access, parts);
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
    await this.kept.indexes.used(this.#place);
    const found = findVersion(heard.index, chart, asked);
    const withdrawn = found.is === "missing" ? await this.#withdrawn(chart, asked) : undefined;
    if (withdrawn !== undefined)
      return {
        reference,
        version: asked,
        digest: withdrawn,
        archive: { digest: withdrawn, holds: "chart" },
        withdrawn: "from its index",
      };
    if (found.is === "missing")
      throw new Failure("artifact-version", this.#show, "backoff", {
        cannot: `find ${chart} ${asked}`,
        why: found.why,
        fix: found.fix,
      });
    const { entry } = found;
    const digest =
      (await this.#digestInRegistry(entry, ask)) ??
      entry.digest ??
      (await this.#learnDigest(entry, heard, ask));
    await this.kept.versions.used(this.#place, chart, entry.version, digest);
    return {
      reference,
      version: entry.version,
      digest,
      archive: { digest, holds: "chart" },
      ...defined({ old }),
    };
  }

  /** What it names now. @throws {Failure} */
  async index(): Promise<ChartIndex> {
    return (await this.#answers.latest()).index;
  }

  /** What the index names for this very version. @throws {Failure} */
  async fetch(chart: string, version: string, signal: AbortSignal): Promise<Uint8Array> {
    const { heard } = await this.#heard(chart, version, { freshness: "known" });
    const entry = exactVersion(heard.index.get(chart) ?? [], version);
    const inRegistry = entry === undefined ? undefined : this.#inRegistry(entry);
    if (inRegistry !== undefined)
      return this.registries.fetch(
        await this.registries.resolve(inRegistry, { freshness: "latest" }),
        signal,
      );
    if (entry !== undefined) return this.#download(entry, signal);
    throw new Failure("artifact-version", this.#show, "backoff", {
      cannot: `fetch ${chart} ${version}`,
      why: "its index does not name that version any more",
      fix: "Name a version that it has",
    });
  }

  /** A version that was used, and is named no more, is what it was for as long as it is kept here. */
  async #withdrawn(chart: string, asked: string): Promise<Digest | undefined> {
    const digest = await this.kept.versions.digest(this.#place, chart, asked);
    if (digest === undefined) return undefined;
    return (await this.parts.store.get(digest, this.#place)) === undefined ? undefined : digest;
  }

  #inRegistry({ url, version }: ChartVersion): ReturnType<typeof ociEntry> {
    return ociEntry(url, version, this.access);
  }

  /** Of an archive that lies in a registry. An index may tell its digest, or its manifest's. */
  async #digestInRegistry(
    entry: ChartVersion,
    { freshness, asOf }: ArtifactAsk,
  ): Promise<Digest | undefined> {
    const reference = this.#inRegistry(entry);
    if (reference === undefined) return undefined;
    const { digest, archive } = await this.registries.resolve(reference, {
      freshness: freshness === "renewed" ? "renewed" : "latest",
      ...defined({ asOf }),
    });
    if (entry.digest === undefined || entry.digest === archive.digest || entry.digest === digest)
      return archive.digest;
    throw new Failure("artifact-refused", this.#show, "backoff", {
      cannot: `use ${withoutUserinfo(entry.url)}`,
      why: `its digest is ${archive.digest}, and ${entry.digest} was announced`,
      fix: "Look at the server: what it gives is damaged, or was published anew without its index",
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
    if (known !== undefined && freshness === "known" && (await this.#isThere(known, chart, asked)))
      return { heard: known, ...this.#oldOf(known) };
    try {
      return { heard: await this.#answers.latest(asOf) };
    } catch (cause) {
      const failure = asFailure(cause, this.#show, "read its index");
      if (failure.code !== "artifact-unreachable" || known === undefined) throw failure;
      if (!(await this.#isThere(known, chart, asked))) throw failure;
      return { heard: known, ...this.#oldOf(known) };
    }
  }

  async #isThere({ index }: HeardIndex, chart: string, asked: string): Promise<boolean> {
    return isFound(index, chart, asked) || (await this.#withdrawn(chart, asked)) !== undefined;
  }

  #oldOf({ heardAt }: HeardIndex): { old?: OldAnswer } {
    return this.#trouble === undefined ? {} : { old: { since: heardAt, why: this.#trouble } };
  }

  async #lastHeard(): Promise<HeardIndex | undefined> {
    const known = this.#answers.known();
    if (known !== undefined) return known;
    this.#kept ??= this.kept.indexes.read(this.#place);
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
      if (heard.index !== known?.index) await this.kept.indexes.write(this.#place, heard);
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
    await this.kept.indexes.write(this.#place, heard);
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
