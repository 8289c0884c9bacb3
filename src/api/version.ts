import { ARGO_CD_VERSION } from "../core/model/argo-cd-version.ts";
import type { ApiContext } from "./context.ts";
import type { Routes } from "./routes.ts";
import { json } from "./terms/terms.ts";
import { saying, text, told } from "./terms/wire.ts";

const VERSION = told({
  Version: saying("Argo CD's version that it answers like, and ours as build metadata.", text()),
  BuildDate: text(),
  GitCommit: text(),
  GoVersion: text(),
  Compiler: text(),
  Platform: text(),
  HelmVersion: text(),
  KustomizeVersion: text(),
  Holdfast: saying("Our version.", text()),
});

/** `/api/version`. `Version` is semver that says whom we are compatible with and, as build metadata, who we are. */
export function versionRoutes(routes: Routes, { version }: ApiContext): void {
  const terms = {
    id: "version",
    says: "Whose API it is, and which version answers.",
    asks: "let-in",
    answers: json(VERSION),
  } as const;
  routes.get("/api/version", terms, async (c) => {
    const [helm, kustomize] = await Promise.all([version.helm(), version.kustomize()]);
    return c.json({
      Version: `v${ARGO_CD_VERSION}+holdfast.${version.version}`,
      BuildDate: version.buildDate,
      GitCommit: version.commit,
      GoVersion: "",
      Compiler: `bun ${Bun.version}`,
      Platform: `${process.platform}/${process.arch}`,
      HelmVersion: helm,
      KustomizeVersion: kustomize,
      Holdfast: version.version,
    });
  });
}
