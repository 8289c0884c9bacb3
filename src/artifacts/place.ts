import type { Digest } from "../core/model/source-revision.ts";
import type { ArtifactAsk, ArtifactReference, ResolvedArtifact } from "../core/ports/artifacts.ts";
import type { Clock } from "../core/ports/clock.ts";
import type { Log } from "../core/ports/log.ts";
import type { LentLogins } from "../remote/lent/lent-logins.ts";
import type { LookUp } from "../remote/reach.ts";
import type { RequestParts } from "./timed.ts";

/** What a kind of place stands on. */
export interface PlaceParts extends RequestParts {
  /** For what it heard. */
  folder: string;
  /** Content by its digest and the place that gave it, as `placeKey` names it. */
  store: {
    get(digest: Digest, place: string): Promise<Uint8Array | undefined>;
    put(digest: Digest, place: string, content: Uint8Array): Promise<void>;
  };
  clock: Clock;
  log: Log;
  /** Longest silence. */
  timeoutMs: number;
  lookUp?: LookUp;
  lent: LentLogins;
}

/** One kind of place that holds packed things. Its answers are checked by digest, and kept, by whoever asks it. */
export interface ArtifactPlace<Kind extends ArtifactReference["kind"]> {
  /** @throws {Failure} */
  resolve(reference: Extract<ArtifactReference, { kind: Kind }>, ask: ArtifactAsk): Promise<ResolvedArtifact>;
  /**
   * The bytes whose digest is `artifact.archive.digest`, from the server.
   * @throws {Failure} artifact-unreachable, artifact-auth; artifact-refused where they are other ones
   */
  fetch(artifact: ResolvedArtifact, signal: AbortSignal): Promise<Uint8Array>;
}

/** Of one archive as it is published. */
export const MAX_ARCHIVE_BYTES = 64 * 1024 * 1024;

export function digestOf(content: Uint8Array): Digest {
  return `sha256:${new Bun.CryptoHasher("sha256").update(content).digest("hex")}` as Digest;
}
