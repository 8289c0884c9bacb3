import type { ApiContext, Router } from "./context.ts";

/** The Argo CD whose API this is: clients switch features on by it. */
const COMPATIBLE_WITH = "3.6.0";

/** `/api/version`. `Version` is semver that says whom we are compatible with and, as build metadata, who we are. */
export function versionRoutes(router: Router, { version }: ApiContext): void {
  router.get("/api/version", (c) =>
    c.json({
      Version: `v${COMPATIBLE_WITH}+holdfast.${version.version}`,
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
