/** All repositories of registries, each known by its address and by how it is reached. */
import type { RepositoryAccess } from "../../core/model/repository-access.ts";
import type {
  ArtifactAsk,
  ArtifactReference,
  Holding,
  ResolvedArtifact,
} from "../../core/ports/artifacts.ts";
import { Lru } from "../../lib/lru.ts";
import { accessKey, placeKey } from "../credentials.ts";
import type { ArtifactPlace, PlaceParts } from "../place.ts";
import { parseAddress } from "./address.ts";
import { KeptTags } from "./kept-tags.ts";
import { OciRepository } from "./oci-repository.ts";

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
    return this.#at({ kind: "oci", repository }).look();
  }

  async tags(repository: RepositoryAccess): Promise<readonly string[]> {
    return this.#at({ kind: "oci", repository }).tags();
  }

  async fetch(artifact: ResolvedArtifact, signal: AbortSignal): Promise<Uint8Array> {
    return this.#at(artifact.reference).fetch(artifact, signal);
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
