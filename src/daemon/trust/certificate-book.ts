/** Which certificates and host keys were added beside those of entries, and who changes that while the daemon runs. */

import { withCertificates, withoutCertificates } from "../../core/argocd/trust-edits.ts";
import { Failure } from "../../core/model/failure.ts";
import type { Problem } from "../../core/model/problem.ts";
import type {
  CertificateFilter,
  KeptTrust,
  WantedCertificate,
} from "../../core/model/trusted-certificate.ts";
import type { CertificateDesk } from "../../core/ports/certificate-desk.ts";
import type { Clock } from "../../core/ports/clock.ts";
import type { AuditEntry } from "../../core/ports/journal.ts";
import type { StoreCondition } from "../../core/ports/store.ts";
import { whyNotTrusted } from "../../lib/check-pem.ts";
import { hostKeysIn, whyNoHostKey } from "../../lib/known-hosts.ts";
import { timestamp } from "../../lib/timestamp.ts";
import type { TrustPlace } from "./trust-place.ts";

/** A key of a ConfigMap, and all there is of one within its size. */
const HOST = /^[a-z0-9](?:[a-z0-9.-]{0,251}[a-z0-9])?$/i;
const MOST_BYTES = 900_000;

export interface CertificateBookParts {
  place: TrustPlace;
  clock: Clock;
  store: { condition(): StoreCondition; audit(entry: AuditEntry): void };
}

export class CertificateBook implements CertificateDesk {
  /** One change at a time. */
  #changing: Promise<void> = Promise.resolve();

  constructor(private readonly parts: CertificateBookParts) {}

  get keptIn(): CertificateDesk["keptIn"] {
    return this.parts.place.keptIn;
  }

  kept(): KeptTrust {
    return this.parts.place.trust();
  }

  problems(): readonly Problem[] {
    return this.parts.place.problems();
  }

  async add(wanted: readonly WantedCertificate[], how: "add" | "upsert", actor: string): Promise<number> {
    for (const one of wanted) this.#demandSound(one);
    let count = 0;
    await this.#change(
      (now) => {
        const edit = withCertificates(now, wanted, how);
        if (edit.is === "conflict")
          throw new Failure("conflict", edit.host, "after-edit", {
            cannot: "keep it",
            why: edit.why,
            fix: edit.fix,
          });
        const { authorities, knownHosts } = edit.trust;
        if ([...authorities.values(), knownHosts].join("").length > MOST_BYTES)
          throw new Failure("refused", "certificates of hosts", "after-edit", {
            cannot: "keep them",
            why: `all of them together are larger than ${MOST_BYTES / 1000} KB`,
            fix: "Remove those that nobody needs: holdfast cert list",
          });
        count = edit.count;
        return edit.trust;
      },
      () => this.#audit(actor, "certificate-add", wanted.map(nameOf)),
    );
    return count;
  }

  async remove(filter: CertificateFilter, actor: string): Promise<KeptTrust> {
    let gone: KeptTrust = { authorities: new Map(), knownHosts: "" };
    await this.#change(
      (now) => {
        const edit = withoutCertificates(now, filter);
        gone = edit.gone;
        return edit.trust;
      },
      () =>
        this.#audit(actor, "certificate-rm", [
          ...[...gone.authorities.keys()].map((host) => `https ${host}`),
          ...hostKeysIn(gone.knownHosts).map(({ host, keyType }) => `ssh ${host} ${keyType}`),
        ]),
    );
    return gone;
  }

  /** @throws {Failure} invalid-spec */
  #demandSound(wanted: WantedCertificate): void {
    const { host } = wanted;
    const wrong =
      wanted.is === "ssh"
        ? whyNoHostKey(wanted)
        : HOST.test(host)
          ? whyNotTrusted(wanted.pem, this.parts.clock.now())
          : {
              why: "it is no name of a host",
              fix: "Write the host alone, without a scheme and a port: it counts at every port",
            };
    if (wrong === undefined) return;
    throw new Failure("invalid-spec", `${wanted.is} ${JSON.stringify(host.slice(0, 253))}`, "after-edit", {
      cannot: "keep what it would prove itself by",
      ...wrong,
    });
  }

  /** @throws {Failure} store; what `edit` and the place throw */
  #change(edit: (now: KeptTrust) => KeptTrust, made: () => void): Promise<void> {
    const done = this.#changing.then(async () => {
      const store = this.parts.store.condition();
      if (store.is !== "sound")
        throw new Failure("store", store.object, "backoff", {
          cannot: "change certificates",
          why: store.why,
          fix: store.fix,
        });
      await this.parts.place.change(edit, made);
    });
    this.#changing = done.catch(() => undefined);
    return done;
  }

  #audit(actor: string, action: string, certificates: readonly string[]): void {
    this.parts.store.audit({
      at: timestamp(this.parts.clock.now()),
      actor,
      action,
      details: { certificates },
    });
  }
}

function nameOf(wanted: WantedCertificate): string {
  return wanted.is === "https" ? `https ${wanted.host}` : `ssh ${wanted.host} ${wanted.keyType}`;
}
