import { ARGO_CD_VERSION } from "../core/model/argo-cd-version.ts";
import type { ApiContext, Router } from "./context.ts";

/** `/api/version`. `Version` is semver that says whom we are compatible with and, as build metadata, who we are. */
export function versionRoutes(router: Router, { version }: ApiContext): void {
  router.get("/api/version", (c) =>
    c.json({
      Version: `v${ARGO_CD_VERSION}+holdfast.${version.version}`,
      BuildDate: version.buildDate,
      GitCommit: version.commit,
      GoVersion: "",
      Compiler: `bun ${Bun.version}`,
      Platform: `${process.platform}/${process.arch}`,
      HelmVersion: version.helm,
      KustomizeVersion: version.kustomize,
      Holdfast: version.version,
    }),
  );
}
