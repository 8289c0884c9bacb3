import { expect, test } from "bun:test";
import type { Application, Source } from "../core/model/application.ts";
import type { Renderers } from "../core/ports/renderers.ts";
import { renderOffline } from "./offline.ts";

const CLUSTER = { kubeVersion: "v1.36.0", apiVersions: [] };
const renderers: Renderers = {
  render: () => {
    throw new Error("nothing is to be rendered");
  },
};

test.each<{ name: string; source: Partial<Source>; says: string }>([
  {
    name: "a chart repository",
    source: { repoURL: "https://charts.example.com", chart: "redis", targetRevision: "1.0.0" },
    says: "https://charts.example.com is a Helm chart repository, which is not served yet",
  },
  {
    name: "a registry",
    source: { repoURL: "OCI://ghcr.io/team/app", path: "." },
    says: "OCI://ghcr.io/team/app is an OCI registry, which is not served yet",
  },
])("renderOffline() asks $name for no Git, and says what the daemon says", async ({ source, says }) => {
  const app: Application = {
    apiVersion: "argoproj.io/v1alpha1",
    kind: "Application",
    metadata: { name: "a", namespace: "argocd" },
    spec: { project: "default", source: { repoURL: "", ...source }, destination: { name: "in-cluster" } },
  };
  const asked: string[] = [];
  const fetch = ({ repoURL }: Source): never => {
    asked.push(repoURL);
    throw new Error("it was asked for Git");
  };
  await expect(renderOffline(renderers, app, { fetch: async (at) => fetch(at) }, CLUSTER)).rejects.toThrow(
    says,
  );
  expect(asked).toEqual([]);
});
