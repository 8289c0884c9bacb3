import { byPhase } from "../families/phase.ts";
import { reported } from "../families/reported.ts";
import type { RuleTable } from "../verdict.ts";

/** Google's certificates: a failed check of a domain is tried again and again, until somebody mends the DNS. */
export const gke: RuleTable = {
  "networking.gke.io/ManagedCertificate": reported(
    byPhase({
      at: ["status.certificateStatus"],
      words: { Healthy: ["Active"], Progressing: ["Provisioning"] },
      other: "Degraded",
    }),
  ),
};
