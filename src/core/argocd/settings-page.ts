/** docs/argocd-settings.md, printed from the tables of keys. */
import { IMAGE_UPDATER_MAP, imageUpdaterKeys } from "./image-updater-config.ts";
import { NOTIFICATIONS_MAP, notificationKeys } from "./notifications.ts";
import { REPOSITORY_KEYS } from "./repository-secret.ts";
import { SETTING_KEYS } from "./setting-keys.ts";

const HEAD = `# Argo CD's Secrets and settings

Printed from the tables that read them; \`UPDATE_GOLDEN=1 bun test src/core/argocd\` prints it anew.

Where a cluster is the home (\`home: cluster\`), Secrets in the home namespace with the label \`argocd.argoproj.io/secret-type\` say how repositories and clusters are reached:

- \`repository\`: one repository, by its \`url\`. One of Git speaks for this address alone; chart repositories and registries for what is below them too.
- \`repo-creds\`: credentials of all that begins with its \`url\`, at a boundary of the path: \`https://git.example.com/team\` lends nothing to \`https://git.example.com/team-b\`, where Argo CD goes by the letters. A repository without credentials of its own has those of the longest one.
- \`cluster\`: a destination, as [clusters.md](clusters.md) has it.
- \`repository-write\`, \`repo-write-creds\` and \`scm-creds\` change nothing, and that is said.

Of two Secrets for one address the older one counts. One that cannot be read is told with its key and what to do, never with a value; what was read of it before is used until it is mended. One that is removed takes its credentials, or its cluster, along.

\`argocd-tls-certs-cm\` holds the certificates of authorities, by host; \`argocd-ssh-known-hosts-cm\` the keys of ssh hosts, in \`ssh_known_hosts\`.

A setting that cannot be read leaves its whole ConfigMap as it was read before; where it was never read nothing is written to any cluster, because under other settings it might be wrong (what \`resource.exclusions\` names would be pruned). A ConfigMap that is deleted leaves what it said until the daemon starts anew. What the config says itself stands before what a ConfigMap says.
`;

export function settingsPage(): string {
  const repository = Object.entries(REPOSITORY_KEYS).map(([key, known]) =>
    row(
      `\`${key}\``,
      known.is === "read" ? "read" : "changes nothing",
      known.is === "read" ? (known.note ?? "") : known.why,
    ),
  );
  const maps = Object.entries(SETTING_KEYS).map(([map, keys]) =>
    table(
      `## \`${map}\``,
      "A key that Argo CD does not know warns.",
      keys.map((known) =>
        known.is === "honoured"
          ? row(`\`${known.key}\``, "honoured", known.as)
          : row(
              `\`${known.key}\``,
              known.says === undefined ? "not honoured" : "not honoured, and said",
              known.why,
            ),
      ),
    ),
  );
  return [
    HEAD,
    table(
      "## Keys of repositories and of credentials",
      "Of several that say who asks, user name and password, a token or a key for ssh count; else the GitHub App, the service account of Google Cloud, or what Azure knows.",
      repository,
    ),
    ...maps,
    table(
      `## \`${NOTIFICATIONS_MAP}\``,
      "Values are filled with `$KEY` of `argocd-notifications-secret`. A key that Argo CD does not know warns.",
      notificationKeys().map(({ key, is, note }) => row(`\`${key}\``, is, note)),
    ),
    table(
      `## \`${IMAGE_UPDATER_MAP}\``,
      "Of Argo CD Image Updater, where it is in the home namespace: [image-updates.md](image-updates.md). A key that it does not know warns.",
      imageUpdaterKeys().map(({ key, is, note }) => row(`\`${key}\``, is, note)),
    ),
  ].join("\n");
}

function table(title: string, text: string, rows: readonly string[]): string {
  return `${title}\n\n${text}\n\n| Key | | |\n|---|---|---|\n${rows.join("\n")}\n`;
}

function row(...cells: readonly string[]): string {
  return `| ${cells.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |`;
}
