/** All chart repositories, each known by its address and by how it is reached. */
import type { RepositoryAccess } from "../../core/model/repository-access.ts";
import type {
  ArtifactAsk,
  ArtifactReference,
  Holding,
  ListedChart,
  ResolvedArtifact,
} from "../../core/ports/artifacts.ts";
import { Lru } from "../../lib/lru.ts";
import { accessKey } from "../credentials.ts";
import type { ArtifactPlace, PlaceParts } from "../place.ts";
import { listedCharts } from "./chart-index.ts";
import { HelmRepository } from "./helm-repository.ts";
import { KeptIndexes } from "./kept-indexes.ts";
import { UsedVersions } from "./used-versions.ts";

type ChartReference = Extract<ArtifactReference, { kind: "helm-chart" }>;

/** Repositories whose index is in memory. */
const MOST = 200;

export class HelmRepositories implements ArtifactPlace<"helm-chart"> {
  readonly #known = new Lru<string, HelmRepository>(MOST);
  readonly #kept: { indexes: KeptIndexes; versions: UsedVersions };

  constructor(
    private readonly parts: PlaceParts,
    private readonly registries: ArtifactPlace<"oci">,
  ) {
    this.#kept = {
      indexes: new KeptIndexes(parts),
      versions: new UsedVersions(parts),
    };
  }

  async resolve(reference: ChartReference, ask: ArtifactAsk): Promise<ResolvedArtifact> {
    return this.#at(reference.repository).resolve(reference, ask);
  }

  async look(access: RepositoryAccess): Promise<Holding> {
    return { is: "charts", count: (await this.#at(access).index()).size };
  }

  async charts(access: RepositoryAccess): Promise<ListedChart[]> {
    return listedCharts(await this.#at(access).index());
  }

  async fetch({ reference, version }: ResolvedArtifact, signal: AbortSignal): Promise<Uint8Array> {
    return this.#at(reference.repository).fetch(reference.chart ?? "", version, signal);
  }

  #at(access: RepositoryAccess): HelmRepository {
    const key = accessKey(access);
    const known = this.#known.get(key) ?? new HelmRepository(access, this.parts, this.#kept, this.registries);
    this.#known.set(key, known);
    return known;
  }
}
