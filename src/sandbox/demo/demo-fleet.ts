/** Many applications beside the three of the example, as a company of forty teams has them: for how the page and the daemon bear them. */

const TEAMS = 40;

const teamOf = (at: number): string => `team-${String(at).padStart(2, "0")}`;

/** What a team's applications are like. */
type Manner = "settings" | "service" | "crashes" | "by-hand";

/** Of forty teams three have Pods, one has an image that crashes, and two sync by hand and have not yet. */
function mannerOf(team: number): Manner {
  if (team === 7) return "crashes";
  if (team % 13 === 5) return "service";
  return team === 11 || team === 30 ? "by-hand" : "settings";
}

const settings = (team: string): string =>
  [
    "apiVersion: v1",
    "kind: ConfigMap",
    "metadata:",
    "  name: settings",
    `  labels: { team: ${team} }`,
    "data:",
    `  team: ${team}`,
    "",
  ].join("\n");

const deployment = (team: string, tag: string): string =>
  [
    "apiVersion: apps/v1",
    "kind: Deployment",
    "metadata:",
    "  name: service",
    `  labels: { team: ${team} }`,
    "spec:",
    "  replicas: 1",
    "  selector:",
    "    matchLabels: { app: service }",
    "  template:",
    "    metadata:",
    "      labels: { app: service }",
    "    spec:",
    "      containers:",
    "        - name: service",
    `          image: registry.example.com/${team}:${tag}`,
    "",
  ].join("\n");

/** A folder for each team, which all its applications share. Path -> text. @param count of applications */
export function fleetFiles(count: number): Record<string, string> {
  const files: Record<string, string> = {};
  for (let at = 0; at < Math.min(count, TEAMS); at += 1) {
    const [team, manner] = [teamOf(at), mannerOf(at)];
    files[`fleet/${team}/settings.yaml`] = settings(team);
    if (manner === "service" || manner === "crashes")
      files[`fleet/${team}/service.yaml`] = deployment(team, manner === "crashes" ? "broken" : "1.0.0");
  }
  return files;
}

/** Their manifests, a file a team: file name -> text. @param repoURL as the daemon reads it */
export function fleetApplications(count: number, repoURL: string): Record<string, string> {
  const texts = new Map<string, string[]>();
  for (let at = 0; at < count; at += 1) {
    const team = at % TEAMS;
    const file = `${teamOf(team)}.yaml`;
    texts.set(file, [...(texts.get(file) ?? []), manifest(at, team, repoURL)]);
  }
  return Object.fromEntries([...texts].map(([file, documents]) => [file, documents.join("---\n")]));
}

function manifest(at: number, team: number, repoURL: string): string {
  const name = `${teamOf(team)}-${String(at).padStart(4, "0")}`;
  const automated = ["    automated:", "      prune: true", "      selfHeal: true"];
  return [
    "apiVersion: argoproj.io/v1alpha1",
    "kind: Application",
    "metadata:",
    `  name: ${name}`,
    `  labels: { team: ${teamOf(team)}, tier: ${at % 3 === 0 ? "web" : "jobs"} }`,
    "spec:",
    "  project: default",
    "  source:",
    `    repoURL: ${JSON.stringify(repoURL)}`,
    "    targetRevision: main",
    `    path: fleet/${teamOf(team)}`,
    "  destination:",
    "    server: https://kubernetes.default.svc",
    `    namespace: ${name}`,
    "  syncPolicy:",
    ...(mannerOf(team) === "by-hand" ? [] : automated),
    "    syncOptions:",
    "      - CreateNamespace=true",
    "",
  ].join("\n");
}
