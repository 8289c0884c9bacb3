import type { SettingsFacts } from "../api/context.ts";
import type { Config } from "../config/config.ts";
import { defined } from "../lib/defined.ts";

/** What clients are told of the config: built field by field, so that no secret can be in it. */
export function shownSettings({
  server,
  installationID,
  home,
  homeCluster,
  sync,
  render,
  configManagementPlugins,
  homeAccess,
  repositories,
  page,
  exec,
}: Config): SettingsFacts {
  const isElsewhere = home === "files" || homeCluster.namespaces.length > 0;
  return {
    ...defined({ url: server.url === undefined ? undefined : `${server.url}${server.basePath}` }),
    installationID,
    home,
    namespaces: isElsewhere ? "others-too" : "home",
    impersonation: sync.impersonation ? "on" : "off",
    kustomize: {
      buildOptions: render.buildOptions,
      versions: render.versions.filter(({ tool }) => tool === "kustomize").map(({ version }) => version),
    },
    plugins: configManagementPlugins.map(({ name }) => name),
    ...("passwordPattern" in homeAccess ? defined({ passwordPattern: homeAccess.passwordPattern }) : {}),
    trust: repositories.flatMap(({ url, sshKnownHosts, ca }) =>
      sshKnownHosts === undefined && ca === undefined ? [] : [{ url, ...defined({ sshKnownHosts, ca }) }],
    ),
    badges: server.badges,
    terminal: exec,
    page,
  };
}
