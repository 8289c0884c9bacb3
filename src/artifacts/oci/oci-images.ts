/** The `ImageRegistry` port: tags, digests and moments of images, what a digest names kept on disk. */
import { Failure } from "../../core/model/failure.ts";
import type { RepositoryAccess } from "../../core/model/repository-access.ts";
import type { Digest } from "../../core/model/source-revision.ts";
import type { ImageRegistry, NamedImage } from "../../core/ports/image-registry.ts";
import { defined } from "../../lib/defined.ts";
import { Lru } from "../../lib/lru.ts";
import { bytesOf } from "../../remote/http.ts";
import { LatestAnswer } from "../../remote/latest-answer.ts";
import { within } from "../../remote/within.ts";
import { accessKey, loginKey, placeKey } from "../credentials.ts";
import { digestOf, type PlaceParts } from "../place.ts";
import { isDigest, isTag, parseAddress } from "./address.ts";
import { isForPlatform, type PlatformImage, readImageConfig, readImageManifest } from "./image-manifest.ts";
import { listTags } from "./list-tags.ts";
import { ACCEPTED } from "./manifest.ts";
import { Registry } from "./registry.ts";
import { RegistryTurns } from "./registry-turns.ts";

const MAX_BYTES = 4 * 1024 * 1024;
/** A round that asks for more of them asks some of them twice. */
const MOST_REPOSITORIES = 4_000;
const MOST_TAGS = 2_000;
const MOST_REGISTRIES = 200;
/** Platforms of one image that are looked into. */
const MOST_PLATFORMS = 20;

type ImageParts = Omit<PlaceParts, "folder">;

export class OciImages implements ImageRegistry {
  readonly #known = new Lru<string, ImageRepository>(MOST_REPOSITORIES);
  readonly #turns = new Lru<string, RegistryTurns>(MOST_REGISTRIES);

  constructor(private readonly parts: ImageParts) {}

  async tags(repository: RepositoryAccess, asOf: number): Promise<readonly string[]> {
    return this.#at(repository).tags(asOf);
  }

  async digest(repository: RepositoryAccess, tag: string, asOf: number): Promise<string | undefined> {
    return this.#at(repository).digest(tag, asOf);
  }

  async image(
    repository: RepositoryAccess,
    tag: string,
    platforms: readonly string[],
    asOf: number,
  ): Promise<NamedImage | undefined> {
    return this.#at(repository).image(tag, platforms, asOf);
  }

  /** @throws {Failure} invalid-spec */
  #at(access: RepositoryAccess): ImageRepository {
    const address = parseAddress(access.url, undefined, access.plainHttp === true ? "http" : "https");
    const key = `${address.origin}/${address.name} ${accessKey(access)}`;
    const turns = this.#turns.get(address.origin) ?? new RegistryTurns(address.origin, this.parts.clock);
    this.#turns.set(address.origin, turns);
    turns.allow(access.requestsPerSecond);
    const registry = (): Registry => new Registry(access, address, { ...this.parts, folder: "" });
    const place = placeKey({ kind: "oci", repository: access });
    const known =
      this.#known.get(key) ??
      new ImageRepository(registry(), turns, { place, login: loginKey(access) }, this.parts);
    this.#known.set(key, known);
    return known;
  }
}

class ImageRepository {
  readonly #tags: LatestAnswer<readonly string[]>;
  readonly #digests = new Lru<string, LatestAnswer<Digest | undefined>>(MOST_TAGS);
  readonly #images = new Lru<string, NamedImage>(MOST_TAGS);

  constructor(
    private readonly registry: Registry,
    private readonly turns: RegistryTurns,
    /** `placeKey` and `loginKey` */
    private readonly keys: { place: string; login: string },
    private readonly parts: ImageParts,
  ) {
    this.#tags = new LatestAnswer(parts.clock, () => this.#listed(), registry.show);
  }

  tags(asOf: number): Promise<readonly string[]> {
    return this.#tags.latest(asOf);
  }

  async digest(tag: string, asOf: number): Promise<Digest | undefined> {
    if (!isTag(tag)) return undefined;
    const answer =
      this.#digests.get(tag) ??
      new LatestAnswer(this.parts.clock, () => this.#askDigest(tag), this.registry.show);
    this.#digests.set(tag, answer);
    return answer.latest(asOf);
  }

  async image(tag: string, platforms: readonly string[], asOf: number): Promise<NamedImage | undefined> {
    const digest = await this.digest(tag, asOf);
    if (digest === undefined) return undefined;
    const key = `${digest} ${platforms.join(",")}`;
    const known = this.#images.get(key);
    if (known !== undefined) return known;
    const image = await this.#lookInto(digest, platforms);
    this.#images.set(key, image);
    return image;
  }

  async #lookInto(digest: Digest, platforms: readonly string[]): Promise<NamedImage> {
    const manifest = readImageManifest(await this.#text(digest, "manifest"));
    if (manifest.is === "refused") throw this.#refused(manifest.why);
    if (manifest.is === "image") return this.#ofConfig(digest, manifest.config, platforms);
    const meant = manifest.images.filter(({ platform }) => isForPlatform(platform, platforms));
    const looks = await this.#ofIndex(meant.slice(0, MOST_PLATFORMS), platforms);
    const built = looks.flatMap((look) => look.built ?? []);
    return {
      digest,
      platform: meant.length > 0 ? "there" : "not-there",
      ...(built.length === 0 ? {} : { built: Math.max(...built) }),
    };
  }

  async #ofIndex(images: readonly PlatformImage[], platforms: readonly string[]): Promise<NamedImage[]> {
    const looks: NamedImage[] = [];
    for (const one of images) {
      const inner = readImageManifest(await this.#text(one.digest as Digest, "manifest"));
      if (inner.is === "image") looks.push(await this.#ofConfig(one.digest as Digest, inner.config, []));
      // They are built together: where none is asked for by name, the first says when.
      if (platforms.length === 0 && looks.length > 0) break;
    }
    return looks;
  }

  async #ofConfig(digest: Digest, config: string, platforms: readonly string[]): Promise<NamedImage> {
    const { platform, built } = readImageConfig(await this.#text(config as Digest, "blob"));
    return {
      digest,
      platform: isForPlatform(platform, platforms) ? "there" : "not-there",
      ...defined({ built }),
    };
  }

  /** What a digest names never changes: it is asked for once. */
  async #text(digest: Digest, type: "manifest" | "blob"): Promise<string> {
    const kept = await this.parts.store.get(digest, this.keys.place);
    if (kept !== undefined) return new TextDecoder().decode(kept);
    const content = await this.#ask({
      type,
      method: "GET",
      path: `/${type}s/${digest}`,
      ...(type === "manifest" ? { accept: ACCEPTED } : {}),
      maxBytes: MAX_BYTES,
      read: bytesOf,
    });
    const found = digestOf(content);
    if (found !== digest) throw this.#refused(`it gave ${found}, and ${digest} was asked for`);
    await this.parts.store.put(digest, this.keys.place, content);
    return new TextDecoder().decode(content);
  }

  async #askDigest(tag: string): Promise<Digest | undefined> {
    const told = await this.#askTag(tag, "HEAD");
    return told === "not-told" ? this.#askTag(tag, "GET").then(orNone) : told;
  }

  /** `not-told`: a HEAD does not say. */
  #askTag(tag: string, method: "HEAD" | "GET"): Promise<Digest | undefined | "not-told"> {
    return this.#ask({
      type: "manifest",
      method,
      path: `/manifests/${tag}`,
      accept: ACCEPTED,
      maxBytes: MAX_BYTES,
      statuses: method === "HEAD" ? [404, 405] : [404],
      read: async (answer) => {
        if (answer.status === 404) return undefined;
        if (method === "HEAD") {
          const said = answer.headers["docker-content-digest"] ?? "";
          return answer.status === 200 && isDigest(said) ? said : "not-told";
        }
        const content = await bytesOf(answer);
        const digest = digestOf(content);
        await this.parts.store.put(digest, this.keys.place, content);
        return digest;
      },
    });
  }

  #ask<T>(call: Parameters<typeof this.registry.call<T>>[0]): Promise<T> {
    const { signal } = this.parts;
    return this.turns.hold(this.keys.login, () => this.registry.call(call, signal), signal);
  }

  /** Each of its pages may come slowly: all of them together take no longer than one answer may. */
  #listed(): Promise<readonly string[]> {
    const { fetchTimeoutMs, signal } = this.parts;
    const late = (): Failure =>
      new Failure("artifact-unreachable", this.registry.show, "backoff", {
        cannot: "list its tags",
        why: `its pages did not end within ${fetchTimeoutMs / 1000} s`,
        fix: "Remove old tags, or raise git.fetchTimeout in the config",
      });
    return this.turns.hold(
      this.keys.login,
      () => within(fetchTimeoutMs, late, signal, (inTime) => listTags(this.registry, inTime)),
      signal,
    );
  }

  #refused(why: string): Failure {
    return new Failure("artifact-refused", this.registry.show, "backoff", {
      cannot: "tell what it holds",
      why,
      fix: "Look at the registry, and at what was pushed",
    });
  }
}

function orNone(told: Digest | undefined | "not-told"): Digest | undefined {
  return told === "not-told" ? undefined : told;
}
