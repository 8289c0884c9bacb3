/** All chart repositories, each known by its address and by how it is reached. */
import type { RepositoryAccess } from "../../core/model/repository-access.ts";
import type {
  ArtifactAsk,
  ArtifactReference,
  ArtifactRequest,
  ResolvedArtifact,
} from "../../core/ports/artifacts.ts";
import type { Clock } from "../../core/ports/clock.ts";
import type { Log } from "../../core/ports/log.ts";
import { hashValue } from "../../lib/hash.ts";
import { Lru } from "../../lib/lru.ts";
import type { ArtifactStore } from "../artifact-store.ts";
import type { ArtifactPlace } from "../place.ts";
import { HelmRepository } from "./helm-repository.ts";
import { KeptIndexes } from "./kept-indexes.ts";

export interface HelmParts {
  /** For indexes. */
  folder: string;
  store: Pick<ArtifactStore, "put">;
  clock: Clock;
  log: Log;
  /** Longest silence. */
  timeoutMs: number;
  /** Longest answer. */
  fetchTimeoutMs: number;
  /** Aborted when nothing is wanted any more. */
  signal: AbortSignal;
  told(request: ArtifactRequest): void;
}

type ChartReference = Extract<ArtifactReference, { kind: "helm-chart" }>;

/** Repositories whose index is in memory. */
const MOST = 200;

export class HelmRepositories implements ArtifactPlace<"helm-chart"> {
  readonly #known = new Lru<string, HelmRepository>(MOST);
  readonly #kept: KeptIndexes;

  constructor(private readonly parts: HelmParts) {
    this.#kept = new KeptIndexes(parts.folder, parts.log);
  }

  async resolve(reference: ChartReference, ask: ArtifactAsk): Promise<ResolvedArtifact> {
    return this.#at(reference.repository).resolve(reference, ask);
  }

  async fetch({ reference, version }: ResolvedArtifact, signal: AbortSignal): Promise<Uint8Array> {
    return this.#at(reference.repository).fetch(reference.chart ?? "", version, signal);
  }

  /** Credentials that changed make another one: what was refused is asked again at once. */
  #at(access: RepositoryAccess): HelmRepository {
    const { password, bearerToken, clientKey, ...open } = access;
    const key = hashValue([open, password?.reveal(), bearerToken?.reveal(), clientKey?.reveal()]);
    const known = this.#known.get(key) ?? new HelmRepository(access, this.parts, this.#kept);
    this.#known.set(key, known);
    return known;
  }
}
