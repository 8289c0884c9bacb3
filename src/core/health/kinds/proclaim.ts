import { byConditions } from "../families/by-conditions.ts";
import { firstOf, reported } from "../families/reported.ts";
import type { RuleTable } from "../verdict.ts";

/** Adopted by a provider, advertised in DNS, found by browsing: each a step towards the last. */
const steps = firstOf(
  byConditions({
    good: ["Adopted", "Advertised", "Discoverable"],
    needs: "any",
    no: "Progressing",
    reasons: {
      Progressing: ["NegativeBrowseResult", "NegativeLookupResult", "Unadvertised", "Advertised"],
      Degraded: ["AdvertiseError", "UnadvertiseError", "BrowseError", "LookupError", "DomainRemoved"],
    },
  }),
);
const found = byConditions({
  good: ["Discoverable"],
  no: "Progressing",
  reasons: { Progressing: ["NegativeBrowseResult", "NegativeLookupResult"] },
});

export const proclaim: RuleTable = {
  "proclaim.dogmatiq.io/DNSSDServiceInstance": reported((object) => {
    const failing = steps(object);
    return failing?.status === "Degraded"
      ? failing
      : (found(object) ?? (failing?.status === "Healthy" ? undefined : failing));
  }),
};
