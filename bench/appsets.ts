/**
 * What an ApplicationSet costs: parameters, templates and parsed applications, by the engine as the daemon has it.
 *
 *   bun bench/appsets.ts [COUNT...]      default: 1000 10000
 */
import { generateApplications } from "../src/core/generate/generate-applications.ts";
import { parseApplicationSet } from "../src/core/model/parse-application-set.ts";
import { fakeFacts } from "../test/fakes/fake-generator-facts.ts";
import { templateEngine } from "../test/lib/template-engine.ts";

const counts = process.argv.length > 2 ? process.argv.slice(2).map(Number) : [1_000, 10_000];
const { engine, remove } = await templateEngine();

/** One folder of a repository for each cluster, as estates have it. */
const spec = (language: "go" | "fast", count: number) => {
  const at = (name: string) => (language === "go" ? `{{ .${name} }}` : `{{${name}}}`);
  return {
    goTemplate: language === "go",
    ...(language === "go" ? { goTemplateOptions: ["missingkey=error"] } : {}),
    generators: [
      {
        list: {
          elements: Array.from({ length: count }, (_, index) => ({
            name: `app-${index}`,
            env: index % 2 === 0 ? "dev" : "prod",
            cluster: `c${index % 50}`,
          })),
        },
      },
    ],
    template: {
      metadata: { name: at("name"), labels: { env: at("env"), cluster: at("cluster") } },
      spec: {
        project: "default",
        source: {
          repoURL: "https://git.example.com/apps.git",
          path: `apps/${at("name")}`,
          targetRevision: language === "go" ? '{{ if eq .env "prod" }}main{{ else }}dev{{ end }}' : "main",
          helm: { valueFiles: ["values.yaml", `values-${at("env")}.yaml`] },
        },
        destination: { name: at("cluster"), namespace: at("name") },
        syncPolicy: { automated: { prune: true }, syncOptions: ["CreateNamespace=true"] },
      },
    },
  };
};

const measured: { count: number; language: string; ms: number }[] = [];
try {
  for (const count of counts)
    for (const language of ["fast", "go"] as const) {
      const parsed = parseApplicationSet(
        {
          apiVersion: "argoproj.io/v1alpha1",
          kind: "ApplicationSet",
          metadata: { name: "bench" },
          spec: spec(language, count),
        },
        { homeNamespace: "argocd" },
      );
      if (!parsed.ok) throw new Error(parsed.problems[0].text);
      const start = performance.now();
      const made = await generateApplications(parsed.value, { facts: fakeFacts(), engine });
      const ms = performance.now() - start;
      if (made.applications.length !== count)
        throw new Error(`${made.applications.length} of ${count} were made`);
      measured.push({ count, language, ms: Math.round(ms) });
      console.log(`${String(count).padStart(6)}  ${language.padEnd(5)} ${ms.toFixed(0).padStart(6)} ms`);
    }
  console.log(JSON.stringify(measured));
} finally {
  remove();
}
