import { byConditions } from "../families/by-conditions.ts";
import { conventionHealth } from "../families/conventions.ts";
import { reported } from "../families/reported.ts";
import type { RuleTable } from "../verdict.ts";

export const keycloak: RuleTable = {
  "k8s.keycloak.org/Keycloak": reported(
    byConditions({ good: ["Ready"], bad: ["HasErrors"], busy: ["RollingUpdate"], no: "Progressing" }),
  ),
  "k8s.keycloak.org/KeycloakRealmImport": reported(
    byConditions({ good: ["Done"], bad: ["HasErrors"], busy: ["Started"], no: "Progressing" }),
  ),
  ...Object.fromEntries(
    ["Keycloak", "KeycloakRealm", "KeycloakClient", "KeycloakUser", "KeycloakBackup"].map((kind) => [
      `keycloak.org/${kind}`,
      reported(conventionHealth),
    ]),
  ),
};
