import { byPhase } from "../families/phase.ts";
import { reported } from "../families/reported.ts";
import { join, textAt } from "../read.ts";
import type { RuleTable } from "../verdict.ts";

const roleHealth = reported(
  byPhase({
    at: ["status.state"],
    words: {
      Healthy: ["Ready"],
      Progressing: ["CreateInProgress", "DeleteInprogress"],
      Degraded: [
        "Error",
        "PolicyNotAllowed",
        "RolesMaxLimitReached",
        "RoleNameNotAvailable",
        "CreateError",
        "DeleteError",
      ],
    },
    say: (word, object) => join([word, textAt(object, "status", "errorDescription")]),
  }),
);

export const keikoproj: RuleTable = { "iammanager.keikoproj.io/Iamrole": roleHealth };
