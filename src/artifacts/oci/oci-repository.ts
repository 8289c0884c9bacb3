import { asFailure, Failure } from "../../core/model/failure.ts";
import type { RepositoryAccess } from "../../core/model/repository-access.ts";
import type { Digest } from "../../core/model/source-revision.ts";
import type {
  ArtifactAsk,
  ArtifactReference,
  Holding,
  OldAnswer,
  ResolvedArtifact,
} from "../../core/ports/artifacts.ts";
import { defined } from "../../lib/defined.ts";
import { Lru } from "../../lib/lru.ts";
import { parseConstraint, parseVersion } from "../../lib/version-constraint.ts";
import { bytesOf } from "../../remote/http.ts";
import { LatestAnswer } from "../../remote/latest-answer.ts";
import { within } from "../../remote/within.ts";
import { digestOf, MAX_ARCHIVE_BYTES, type PlaceParts } from "../place.ts";
import { isDigest, isTag, type OciAddress, tagOf, versionOf } from "./address.ts";
import type { HeardRepository, HeardTag, HeardTags, KeptTags } from "./kept-tags.ts";
import { listTags } from "./list-tags.ts";
import { ACCEPTED, readManifest } from "./manifest.ts";
import { Registry } from "./registry.ts";
import { chooseTag, newestTags } from "./tags.ts";

/** Source: OCI distribution-spec, the least that a registry must take. */
const MAX_MANIFEST_BYTES = 4 * 1024 * 1024;
/** Tags of one repository that are followed. */
const MOST_TAGS = 500;
const MOST_MANIFESTS = 200;
/** What a registry says again is written this often: since when it is silent is said to people. */
const KEEP_EVERY_MS = 300_000;

type OciReference = Extract<ArtifactReference, { kind: "oci" }>;
type Content = Pick<ResolvedArtifact, "archive"> & { annotations: Readonly<Record<string, string>> };

/** One repository of a registry: its tags as they were heard last, and how to get what they name. */
export class OciRepository {
  readonly #registry: Registry;
  readonly #show: string;
  readonly #tags = new Lru<string, LatestAnswer<HeardTag>>(MOST_TAGS);
  readonly #all: LatestAnswer<HeardTags>;
  readonly #contents = new Lru<Digest, Content>(MOST_MANIFESTS);
  #heard: HeardRepository = { byTag: {} };
  #read: Promise<void> | undefined;
  /** Why it could not be asked the last time, until it can. */
  #trouble: string | undefined;

  constructor(
    access: RepositoryAccess,
    private readonly address: OciAddress,
    private readonly parts: PlaceParts,
    private readonly kept: KeptTags,
    /** `placeKey` */
    private readonly place: string,
  ) {
    this.#registry = new Registry(access, address, parts);
    this.#show = this.#registry.show;
    this.#all = new LatestAnswer(parts.clock, () => this.#askAll(), this.#show);
  }

  async resolve(reference: OciReference, ask: ArtifactAsk): Promise<ResolvedArtifact> {
    const { chart, version: asked } = reference;
    this.#read ??= this.#readKept();
    await this.#read;
    await this.kept.used(this.place);
    const found = isDigest(asked) ? { digest: asked } : await this.#tagged(reference, ask);
    const { archive, annotations } = await this.#content(found.digest, asked);
    if (chart !== undefined && archive.holds !== "chart")
      throw this.#refused(
        `what ${asked} names is no chart`,
        "Name a chart, or leave out `chart` for a folder of manifests",
      );
    const tag = "tag" in found ? found.tag : undefined;
    return {
      reference,
      // Argo CD calls a chart by its version, and everything else by its digest.
      version:
        chart === undefined
          ? found.digest
          : versionOf(tag ?? annotations["org.opencontainers.image.version"] ?? found.digest),
      digest: found.digest,
      archive,
      annotations,
      ...defined({ old: "old" in found ? found.old : undefined }),
    };
  }

  /** Whether the registry lets us in here, whatever it holds. @throws {Failure} */
  async look(): Promise<Holding> {
    const { tags } = await this.#all.latest();
    if (tags.length > 0) return { is: "tags", count: tags.length };
    // Any server says that it has no such thing; only a registry answers there.
    await this.#registry.greet(this.parts.signal);
    return { is: "registry" };
  }

  /** All there are now, in the order of the registry. @throws {Failure} */
  async tags(): Promise<readonly string[]> {
    return (await this.#all.latest()).tags;
  }

  /** @throws {Failure} */
  async fetch({ archive: { digest } }: ResolvedArtifact, signal: AbortSignal): Promise<Uint8Array> {
    return this.#registry.call(
      { type: "blob", method: "GET", path: `/blobs/${digest}`, maxBytes: MAX_ARCHIVE_BYTES, read: bytesOf },
      signal,
    );
  }

  async #tagged(
    { chart, version: asked }: OciReference,
    ask: ArtifactAsk,
  ): Promise<{ tag: string; digest: Digest; old?: OldAnswer }> {
    const tag = tagOf(asked);
    if (parseVersion(asked) === undefined && parseConstraint(asked) !== undefined) {
      const { value: all, old } = await this.#latest(this.#all, this.#heard.all, ask);
      // A tag may be called `1.x`.
      const newest = all.tags.includes(tag) ? tag : chooseTag(all.tags, asked);
      if (newest === undefined) throw this.#missing(asked, all.tags, "a constraint");
      return { tag: newest, ...defined({ old }), ...(await this.#digestOf(newest, chart, ask)) };
    }
    if (!isTag(tag))
      throw new Failure("invalid-spec", this.#show, "after-edit", {
        cannot: "tell what to deploy",
        why: `${JSON.stringify(asked)} is neither a tag, nor a sha256 digest, nor a constraint`,
        fix: "Correct targetRevision",
      });
    return { tag, ...(await this.#digestOf(tag, chart, ask)) };
  }

  /** A chart's version stays what it is until somebody asks anew; any other tag may be moved. */
  async #digestOf(
    tag: string,
    chart: string | undefined,
    ask: ArtifactAsk,
  ): Promise<{ digest: Digest; old?: OldAnswer }> {
    const answers =
      this.#tags.get(tag) ?? new LatestAnswer(this.parts.clock, () => this.#askTag(tag), this.#show);
    this.#tags.set(tag, answers);
    const known = answers.known() ?? this.#heard.byTag[tag];
    const isFixed = chart !== undefined && parseVersion(versionOf(tag)) !== undefined;
    if (known !== undefined && isFixed && ask.freshness === "latest") return { digest: known.digest };
    const { value, old } = await this.#latest(answers, known, ask);
    return { digest: value.digest, ...defined({ old }) };
  }

  /** What is new enough for who asks; what was heard before where the server cannot be asked, with since when. */
  async #latest<T extends { heardAt: number }>(
    answers: LatestAnswer<T>,
    kept: T | undefined,
    { freshness, asOf }: ArtifactAsk,
  ): Promise<{ value: T; old?: OldAnswer }> {
    const known = answers.known() ?? kept;
    const old = (value: T): { value: T; old?: OldAnswer } => ({
      value,
      ...(this.#trouble === undefined ? {} : { old: { since: value.heardAt, why: this.#trouble } }),
    });
    if (known !== undefined && freshness === "known") return old(known);
    try {
      return { value: await answers.latest(asOf) };
    } catch (cause) {
      const failure = asFailure(cause, this.#show, "ask it");
      if (failure.code !== "artifact-unreachable" || known === undefined) throw failure;
      return old(known);
    }
  }

  /** Its digest alone where the registry tells it, which costs it nothing. */
  async #askTag(tag: string): Promise<HeardTag> {
    const heardAt = this.parts.clock.now();
    const told = await this.#reached(() => this.#ask(tag, "HEAD"));
    const digest = told ?? (await this.#reached(() => this.#ask(tag, "GET")));
    if (digest === undefined) throw this.#missing(tag, await this.#tagsForHelp());
    const heard = { digest, heardAt };
    const before = this.#heard.byTag[tag];
    if (before?.digest !== digest || heardAt - before.heardAt >= KEEP_EVERY_MS)
      await this.#keep({ byTag: { ...this.#heard.byTag, [tag]: heard } });
    return heard;
  }

  /** undefined where there is no such tag, or a HEAD does not tell. */
  #ask(tag: string, method: "HEAD" | "GET"): Promise<Digest | undefined> {
    return this.#registry.call(
      {
        type: "manifest",
        method,
        path: `/manifests/${tag}`,
        accept: ACCEPTED,
        maxBytes: MAX_MANIFEST_BYTES,
        statuses: method === "HEAD" ? [404, 405] : [404],
        read: async (answer) => {
          if (answer.status !== 200) return undefined;
          if (method === "HEAD") {
            const told = answer.headers["docker-content-digest"] ?? "";
            return isDigest(told) ? told : undefined;
          }
          const content = await bytesOf(answer);
          const digest = digestOf(content);
          await this.parts.store.put(digest, this.place, content);
          return digest;
        },
      },
      this.parts.signal,
    );
  }

  async #askAll(): Promise<HeardTags> {
    const heardAt = this.parts.clock.now();
    const tags = await this.#reached(() => this.#listed());
    const heard = { tags, heardAt };
    const before = this.#heard.all;
    if (before?.tags.join(" ") !== tags.join(" ") || heardAt - before.heardAt >= KEEP_EVERY_MS)
      await this.#keep({ ...this.#heard, all: heard });
    return heard;
  }

  /** Each of its pages may come slowly: all of them together take no longer than one answer may. */
  #listed(): Promise<string[]> {
    const { fetchTimeoutMs, signal } = this.parts;
    const late = (): Failure =>
      new Failure("artifact-unreachable", this.#show, "backoff", {
        cannot: "list its tags",
        why: `its pages did not end within ${fetchTimeoutMs / 1000} s`,
        fix: "Name a tag in place of a constraint, or raise git.fetchTimeout in the config",
      });
    return within(fetchTimeoutMs, late, signal, (inTime) => listTags(this.#registry, inTime));
  }

  /** The manifest of a digest never changes: it is asked for once. */
  async #content(digest: Digest, asked: string): Promise<Content> {
    const known = this.#contents.get(digest);
    if (known !== undefined) return known;
    const text = new TextDecoder().decode(await this.#manifest(digest, asked));
    const manifest = readManifest(text);
    if (manifest.is === "refused")
      throw this.#refused(
        manifest.why,
        "Publish it with helm push, oras or flux, as one packed chart or folder",
      );
    if (manifest.is === "index") {
      const inner = readManifest(new TextDecoder().decode(await this.#manifest(manifest.manifest, asked)));
      if (inner.is !== "manifest")
        throw this.#refused(
          inner.is === "refused" ? inner.why : "it is an index of indexes",
          "Publish it with helm push, oras or flux, as one packed chart or folder",
        );
      return this.#understood(digest, inner);
    }
    return this.#understood(digest, manifest);
  }

  #understood(
    digest: Digest,
    { layer, annotations }: Extract<ReturnType<typeof readManifest>, { is: "manifest" }>,
  ): Content {
    const content = { archive: { digest: layer.digest, holds: layer.holds }, annotations };
    this.#contents.set(digest, content);
    return content;
  }

  async #manifest(digest: Digest, asked: string): Promise<Uint8Array> {
    const kept = await this.parts.store.get(digest, this.place);
    if (kept !== undefined) return kept;
    const content = await this.#reached(() =>
      this.#registry.call(
        {
          type: "manifest",
          method: "GET",
          path: `/manifests/${digest}`,
          accept: ACCEPTED,
          maxBytes: MAX_MANIFEST_BYTES,
          statuses: [404],
          read: async (answer) => (answer.status === 200 ? bytesOf(answer) : undefined),
        },
        this.parts.signal,
      ),
    );
    if (content === undefined) throw this.#missing(asked, await this.#tagsForHelp());
    const found = digestOf(content);
    if (found !== digest)
      throw this.#refused(
        `it gave a manifest whose digest is ${found}, and ${digest} was asked for`,
        "Look at the registry, and at what lies between here and it",
      );
    await this.parts.store.put(digest, this.place, content);
    return content;
  }

  /** Remembers whether the registry can be asked. */
  async #reached<T>(ask: () => Promise<T>): Promise<T> {
    try {
      const answer = await ask();
      this.#trouble = undefined;
      return answer;
    } catch (cause) {
      const failure = asFailure(cause, this.#show, "ask it");
      if (failure.code === "artifact-unreachable") this.#trouble = failure.why;
      throw failure;
    }
  }

  async #tagsForHelp(): Promise<readonly string[]> {
    return listTags(this.#registry, this.parts.signal).catch(() => []);
  }

  async #readKept(): Promise<void> {
    this.#heard = (await this.kept.read(this.place)) ?? this.#heard;
  }

  /** No more than is followed: what nobody asks about goes. */
  async #keep(heard: HeardRepository): Promise<void> {
    const newest = Object.entries(heard.byTag)
      .sort(([, a], [, b]) => b.heardAt - a.heardAt)
      .slice(0, MOST_TAGS);
    this.#heard = { ...this.#heard, ...heard, byTag: Object.fromEntries(newest) };
    await this.kept.write(this.place, this.#heard);
  }

  #missing(asked: string, tags: readonly string[], is: "a tag" | "a constraint" = "a tag"): Failure {
    return new Failure("artifact-version", this.#show, "backoff", {
      cannot: `find ${asked}`,
      why:
        is === "a tag"
          ? `${this.address.name} has no such tag`
          : `no tag of ${this.address.name} satisfies it`,
      fix: newestTags(tags, is),
    });
  }

  #refused(why: string, fix: string): Failure {
    return new Failure("artifact-refused", this.#show, "backoff", { cannot: "use what it holds", why, fix });
  }
}
