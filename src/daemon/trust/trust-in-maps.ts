/** Certificates and host keys in the ConfigMaps of the home cluster: in use once its watch has shown them. */
import { KNOWN_HOSTS, NO_TRUST, TLS_CERTIFICATES, trustData } from "../../core/argocd/host-trust.ts";
import { Failure } from "../../core/model/failure.ts";
import type { KeptTrust } from "../../core/model/trusted-certificate.ts";
import type { TrustMaps } from "../../homes/cluster/trust-maps.ts";
import { canonicalJson } from "../../lib/canonical-json.ts";
import { whyNoCertificates } from "../../lib/check-pem.ts";
import { startTimer } from "../../lib/timer.ts";
import type { TrustPlace } from "./trust-place.ts";

/** What was written is seen within moments, by the watch that was open before. */
const SEEN_WITHIN_MS = 10_000;

export class TrustInMaps implements TrustPlace {
  readonly keptIn = { https: `ConfigMap ${TLS_CERTIFICATES}`, ssh: `ConfigMap ${KNOWN_HOSTS}` };
  #trust: KeptTrust = NO_TRUST;
  readonly #waiting = new Set<() => void>();

  constructor(
    private readonly maps: Pick<TrustMaps, "change">,
    private readonly seenWithinMs = SEEN_WITHIN_MS,
  ) {}

  trust(): KeptTrust {
    return this.#trust;
  }

  /** What is wrong with them is told where they are read. */
  problems(): [] {
    return [];
  }

  /** What the home cluster says. */
  said(trust: KeptTrust): void {
    this.#trust = trust;
  }

  /** What it said is in use now. */
  inUse(): void {
    for (const look of [...this.#waiting]) look();
  }

  async change(edit: (now: KeptTrust) => KeptTrust, made: () => void): Promise<void> {
    const { authorities, knownHosts } = await this.maps.change(edit, made);
    // What somebody else wrote there and nobody can read is not in use.
    const readable = [...authorities].filter(([, pem]) => whyNoCertificates(pem) === undefined);
    const wanted = textOf({ authorities: new Map(readable), knownHosts });
    if (await this.#isSeen(() => textOf(this.#trust) === wanted)) return;
    throw new Failure("cluster-unreachable", "certificates of hosts", "backoff", {
      cannot: "say that they are in use",
      why: "they are written, and the home cluster has not shown them yet, or somebody wrote others meanwhile",
      fix: "Wait, and look at them in holdfast cert list: they are used as soon as they are shown",
    });
  }

  async #isSeen(isThere: () => boolean): Promise<boolean> {
    if (isThere()) return true;
    const { promise, resolve } = Promise.withResolvers<boolean>();
    const look = (): void => {
      if (isThere()) resolve(true);
    };
    const timer = startTimer(this.seenWithinMs, () => resolve(false));
    this.#waiting.add(look);
    try {
      return await promise;
    } finally {
      timer.cancel();
      this.#waiting.delete(look);
    }
  }
}

function textOf(trust: KeptTrust): string {
  return canonicalJson([trustData(TLS_CERTIFICATES, trust), trustData(KNOWN_HOSTS, trust)]);
}
