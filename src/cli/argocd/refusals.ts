/** What argocd has and is not served here, and what to do instead. */

const LOCAL =
  "The folder stays on this machine. What it renders to: holdfast render -f FILE --source FOLDER. To hold it against the cluster push a branch: argocd app diff APP --revision BRANCH";
const ONE_DAEMON = "The daemon is always asked itself: name it with --server or ARGOCD_SERVER";
const CORE =
  "It has Argo CD's program work on the cluster itself, and here only the daemon does. Name the daemon with --server or ARGOCD_SERVER; without one there are holdfast render and holdfast validate";

const HYDRATOR = "Nothing is hydrated here: an application's source is what is delivered. Leave it out";
const OF_CLUSTER = "Write the cluster into the daemon's config, which takes it";
const SIGNATURES = "Signatures are not checked, and a project that asks for it is refused";

const FLAGS: Readonly<Record<string, string>> = {
  "--core": CORE,
  "--kube-context": ONE_DAEMON,
  "--kubeconfig": ONE_DAEMON,
  "--port-forward":
    "Forward a port yourself: kubectl port-forward service/holdfast 8080, and argocd --server localhost:8080 --plaintext",
  "--port-forward-namespace":
    "Forward a port yourself: kubectl port-forward service/holdfast 8080, and argocd --server localhost:8080 --plaintext",
  "--client-crt": "Clients are known by their token alone",
  "--client-crt-key": "Clients are known by their token alone",
  "--local": LOCAL,
  "--local-repo-root": LOCAL,
  "--local-include": LOCAL,
  "--server-side-generate": LOCAL,
  "app wait --hydrated": HYDRATOR,
  "--drysource-repo": HYDRATOR,
  "--drysource-path": HYDRATOR,
  "--drysource-revision": HYDRATOR,
  "--syncsource-branch": HYDRATOR,
  "--syncsource-path": HYDRATOR,
  "--hydrate-to-branch": HYDRATOR,
  "app delete --dry-run": "See what it has: argocd app resources APP",
  "cluster add --shard": "There are no shards: one daemon follows all clusters. Leave it out",
  "cluster add --proxy-url": OF_CLUSTER,
  "cluster add --cluster-endpoint": OF_CLUSTER,
  "cluster add --disable-compression": OF_CLUSTER,
  "cluster add --exec-command-install": OF_CLUSTER,
  "proj create --signature-keys": SIGNATURES,
  "proj set --signature-keys": SIGNATURES,
  "proj create --dest-service-accounts":
    "Use: argocd proj add-destination-service-account PROJECT SERVER NAMESPACE ACCOUNT",
  "proj set --dest-service-accounts":
    "Use: argocd proj add-destination-service-account PROJECT SERVER NAMESPACE ACCOUNT",
  "app diff --external-diff": "Differences are printed as diff -u would",
};

/** A login of a context that says `core` is refused in the same words. */
export const CORE_REFUSED = { what: "--core is not served here.", instead: `${CORE}.` };

/** @param path of the command, without the program's name */
export function refusedFlag(path: readonly string[], flag: string): string | undefined {
  const way = FLAGS[[...path, flag].join(" ")] ?? FLAGS[flag];
  return way === undefined ? undefined : `${way}.`;
}

const ADMIN: Readonly<Record<string, string>> = {
  "initial-password":
    "The first password is printed once by the daemon, and lies in the Secret argocd-initial-admin-secret where it runs in a cluster",
  dashboard: "The status page is at the daemon's address",
  export: "Applications are files already; the daemon's store is the config's folder data",
  import: "Put the files into a folder that the config names",
  settings: "Use: holdfast validate, and holdfast admin rbac can",
  app: "Use: holdfast render -f FILE",
  cluster: "Use: argocd cluster list",
  notifications: "The config says who is told what",
};

const COMMANDS: Readonly<Record<string, string>> = {
  "proj add-signature-key": SIGNATURES,
  "proj remove-signature-key": SIGNATURES,
  "proj source-integrity": SIGNATURES,
  "account session-token":
    "A login is kept in the config file; a robot's token is made by: argocd account generate-token",
  "cluster set": "Use: holdfast cluster set",
  "cluster rotate-auth": "Use: holdfast cluster add CONTEXT --upsert",
  gpg: "Signatures are not checked, and a project that asks for it is refused",
  configure: "There is nothing to configure: prompts come on a terminal alone",
  completion: "Use: holdfast completion",
};

/** @param words of a command line that names no command here: `["app", "edit"]` */
export function refusedCommand(words: readonly string[]): { what: string; instead: string } | undefined {
  const [first, second] = words;
  const what = `argocd ${words.slice(0, 2).join(" ")} is not served here.`;
  if (first === "admin")
    return {
      what:
        second === undefined
          ? what
          : `argocd admin ${second} is not served here: it works on an Argo CD's own cluster.`,
      instead: `${ADMIN[second ?? ""] ?? "What the daemon's operator does is under: holdfast admin --help"}.`,
    };
  const instead = COMMANDS[words.slice(0, 2).join(" ")] ?? COMMANDS[first ?? ""];
  return instead === undefined ? undefined : { what, instead: `${instead}.` };
}
