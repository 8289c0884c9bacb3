/** All repositories of registries, each known by its address and by how it is reached. */
import { Failure } from "../../core/model/failure.ts";
import type { RepositoryAccess } from "../../core/model/repository-access.ts";
import type {
  ArtifactAsk,
  ArtifactReference,
  Holding,
  ResolvedArtifact,
} from "../../core/ports/artifacts.ts";
import { Lru } from "../../lib/lru.ts";
import { withoutUserinfo } from "../../lib/url-userinfo.ts";
import { accessKey, placeKey } from "../credentials.ts";
import type { ArtifactPlace, PlaceParts } from "../place.ts";
import { type OciAddress, parseAddress, registryItself } from "./address.ts";
import { KeptTags } from "./kept-tags.ts";
import { OciRepository } from "./oci-repository.ts";
import { Registry } from "./registry.ts";

type OciReference = Extract<ArtifactReference, { kind: "oci" }>;

/** Repositories whose tags are in memory. */
const MOST = 1_000;

export class OciRegistries implements ArtifactPlace<"oci"> {
  readonly #known = new Lru<string, OciRepository>(MOST);
  readonly #kept: KeptTags;

  constructor(private readonly parts: PlaceParts) {
    this.#kept = new KeptTags(parts);
  }

  async resolve(reference: OciReference, ask: ArtifactAsk): Promise<ResolvedArtifact> {
    return this.#at(reference).resolve(reference, ask);
  }

  async look(repository: RepositoryAccess): Promise<Holding> {
    const itself = this.#itself(repository);
    if (itself === undefined) return this.#at({ kind: "oci", repository }).look();
    await new Registry(repository, itself, this.parts).greet(this.parts.signal);
    return { is: "registry itself" };
  }

  async tags(repository: RepositoryAccess): Promise<readonly string[]> {
    if (this.#itself(repository) !== undefined)
      throw new Failure("refused", withoutUserinfo(repository.url), "after-edit", {
        cannot: "list its tags",
        why: "it is a registry, and names no repository in it",
        fix: "Ask for one that it holds, by an entry of its own: oci://registry.example.com/team/shop",
      });
    return this.#at({ kind: "oci", repository }).tags();
  }

  async fetch(artifact: ResolvedArtifact, signal: AbortSignal): Promise<Uint8Array> {
    return this.#at(artifact.reference).fetch(artifact, signal);
  }

  #itself({ url, plainHttp }: RepositoryAccess): OciAddress | undefined {
    return registryItself(url, plainHttp === true ? "http" : "https");
  }

  /** @throws {Failure} invalid-spec for an address that is none */
  #at(reference: Pick<ArtifactReference, "kind" | "repository" | "chart">): OciRepository {
    const { repository, chart } = reference;
    const address = parseAddress(repository.url, chart, repository.plainHttp === true ? "http" : "https");
    const key = `${address.origin}/${address.name} ${accessKey(repository)}`;
    const known =
      this.#known.get(key) ??
      new OciRepository(repository, address, this.parts, this.#kept, placeKey(reference));
    this.#known.set(key, known);
    return known;
  }
}
