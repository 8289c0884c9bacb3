/** What makes the first application of a daemon, as it can be typed there. */

interface Place {
  /** `status.home`. */
  in: "files" | "cluster";
  /** Of Applications that name none. */
  namespace: string;
  /** Of a cluster that applications are delivered to, as it is called. */
  cluster: string;
}

const NAME = "guestbook";
const REPOSITORY = "https://git.example.com/team/guestbook.git";
const FOLDER = "deploy";

/** The manifest on three lines, for a shell: handed to the home cluster, or written into a file where files are the home. */
export function manifestLines({ in: home, namespace, cluster }: Place): string {
  const of = (text: string): string => JSON.stringify(text);
  const app = `{apiVersion: argoproj.io/v1alpha1, kind: Application, metadata: {name: ${NAME}, namespace: ${of(namespace)}}, spec: {project: default, source: {repoURL: ${of(REPOSITORY)}, path: ${FOLDER}, targetRevision: HEAD}, destination: {name: ${of(cluster)}, namespace: ${NAME}}, syncPolicy: {syncOptions: [CreateNamespace=true]}}}`;
  const head = home === "cluster" ? "kubectl apply -f - <<'EOF'" : `cat > apps/${NAME}.yaml <<'EOF'`;
  return `${head}\n${app}\nEOF`;
}

/** After `holdfast`: the same by the API. */
export function createWords({ cluster }: Pick<Place, "cluster">): string[] {
  return [
    ...["app", "create", NAME, "--repo", REPOSITORY, "--path", FOLDER],
    ...["--dest-name", cluster, "--dest-namespace", NAME, "--sync-option", "CreateNamespace=true"],
  ];
}
