import type { Asker } from "../../core/access/asker.ts";
import { withoutCertificates } from "../../core/argocd/trust-edits.ts";
import type {
  CertificateFilter,
  KeptTrust,
  WantedCertificate,
} from "../../core/model/trusted-certificate.ts";
import type { CertificateDesk } from "../../core/ports/certificate-desk.ts";
import { hostKeysIn } from "../../lib/known-hosts.ts";
import { demand } from "./demand.ts";

const RESOURCE = "certificates";

export interface AuthorisedCertificates {
  keptIn: CertificateDesk["keptIn"];
  /** Of the hosts that somebody sees. */
  kept(who: Asker): KeptTrust;
  add(who: Asker, wanted: readonly WantedCertificate[], how: "add" | "upsert"): Promise<number>;
  /** Of what somebody does not see nothing is removed, and nothing is told. */
  remove(who: Asker, filter: CertificateFilter): Promise<KeptTrust>;
}

export function authorisedCertificates(desk: CertificateDesk): AuthorisedCertificates {
  const seen = (who: Asker, filter: CertificateFilter): KeptTrust => {
    const may = who.filter(RESOURCE, "get");
    const takes = (host: string): boolean => may(host) && filter.takes(host);
    return withoutCertificates(desk.kept(), { ...filter, takes }).gone;
  };
  return {
    keptIn: desk.keptIn,
    kept: (who) => seen(who, { takes: () => true }),
    async add(who, wanted, how) {
      // There or not, somebody who may put one in another's place must be told so beforehand.
      for (const one of wanted) {
        // As it will be kept: a policy names the same host.
        const host = one.host.toLowerCase();
        demand(who, RESOURCE, "create", host);
        if (how === "upsert") demand(who, RESOURCE, "update", host);
      }
      return desk.add(wanted, how, who.actor);
    },
    async remove(who, filter) {
      const { authorities, knownHosts } = seen(who, filter);
      const hosts = new Set([...authorities.keys(), ...hostKeysIn(knownHosts).map(({ host }) => host)]);
      if (hosts.size === 0) demand(who, RESOURCE, "delete", "*");
      for (const host of hosts) demand(who, RESOURCE, "delete", host);
      return desk.remove({ ...filter, takes: (host) => hosts.has(host) }, who.actor);
    },
  };
}
