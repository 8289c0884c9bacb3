/** The verbs that need no daemon, or are one. Each loads its code when it is called: `version` must not wait for the rest. */
import type { OfflineVerbs } from "../cli/offline-verbs.ts";
import { customResourceDefinitions } from "../core/definitions/custom-resources.ts";
import type { Surroundings } from "./surroundings.ts";

export function offlineVerbs(around: Surroundings): OfflineVerbs {
  return {
    serve: async (ask) => (await import("./serve.ts")).serve(around, ask),
    demo: async (ask) => (await import("./demo.ts")).demo(around, ask),
    demoAction: async (action, ask) => (await import("./demo.ts")).demoAction(around, action, ask),
    validate: async (files, ask) => (await import("./validate.ts")).validate(around, files, ask),
    render: async (ask) => (await import("./render.ts")).render(around, ask),
    appsetGenerate: async (ask) => (await import("./appset-generate.ts")).appsetGenerate(around, ask),
    health: async (text, file, ask) => (await import("./health.ts")).health(around, text, file, ask),
    definitions: customResourceDefinitions,
    backup: async (ask) => (await import("./backup.ts")).backup(around, ask),
    restore: async (ask) => (await import("./restore.ts")).restore(around, ask),
    install: async (ask) => (await import("./install.ts")).install(around, ask),
    localRange: async (ask) => (await import("./local-range.ts")).localRange(around, ask),
    clusterAccount: async (ask) => (await import("./cluster-account.ts")).clusterAccount(around, ask),
    rbacCan: async (ask) => (await import("./rbac.ts")).rbacCan(ask),
    rbacValidate: async (file, ask) => (await import("./rbac.ts")).rbacValidate(file, ask),
    resetPassword: async (ask) => (await import("./reset-password.ts")).resetPassword(around, ask),
    adopt: async (ask) => (await import("./adopt.ts")).adopt(around, ask),
    adoptExport: async (ask) => (await import("./adopt-export.ts")).adoptExport(around, ask),
    belongings: async (ask) => (await import("./adopt-belongings.ts")).belongings(around, ask),
    takeable: async (ask) => (await import("./adopt.ts")).takeable(around, ask),
    activityVerify: async (ask) => (await import("./activity-verify.ts")).activityVerify(around, ask),
    doctor: async (ask) => (await import("./doctor.ts")).doctor(around, ask),
    version: () => ({
      ...around.build,
      bun: Bun.version,
      platform: `${process.platform}/${process.arch}`,
      helm: "",
      kustomize: "",
    }),
  };
}
