import { ARGO_CD_VERSION } from "../core/model/argo-cd-version.ts";
import type { ApiContext } from "./context.ts";
import type { Routes } from "./routes.ts";

/** `/api/version`. `Version` is semver that says whom we are compatible with and, as build metadata, who we are. */
export function versionRoutes(routes: Routes, { version }: ApiContext): void {
  routes.get("/api/version", "let-in", (c) =>
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
