import type { Secret } from "../core/model/secret.ts";
import type { Values } from "./read-settings.ts";
import type { Setting } from "./setting.ts";

/** What generators of ApplicationSets may ask, and with what. */
export interface ApplicationSetSettings {
  /** Addresses of providers' APIs that a set may name; undefined: all. */
  allowedApis: string[] | undefined;
  /** What Secrets of a cluster would hold. */
  secrets: { name: string; key: string; value: Secret }[];
  configMaps: { name: string; key: string; value: string }[];
}

const NAME = { is: "text", doc: "As generators name it.", default: "" } as const;

export const APPLICATION_SETS = {
  is: "section",
  doc: "What generators of ApplicationSets that ask other people's servers (pullRequest, scmProvider, plugin) may ask, and with what. See docs/applicationsets.md.",
  keys: {
    allowedApis: {
      is: "texts",
      doc: "Addresses of APIs that a set may name as its provider's, as Argo CD's applicationsetcontroller.allowed.scm.providers; empty is any.",
      default: [],
      example: "https://git.example.com/api/v4",
    },
    secrets: {
      is: "sections",
      doc: "Values of Secrets that generators name (tokenRef, appSecretName, a plugin's token), for a daemon that is at home in no cluster; they are taken before those of the home namespace.",
      required: ["name", "key", "value"],
      example: ['- { name: github-token, key: token, value: "${GITHUB_TOKEN}" }'],
      keys: {
        name: NAME,
        key: { is: "text", doc: "Of the Secret.", default: "" },
        value: { is: "secret", doc: "What stands there." },
      },
    },
    configMaps: {
      is: "sections",
      doc: "Values of ConfigMaps that generators name (a plugin's configMapRef, caRef, configMapRef of clusterDecisionResource), likewise.",
      required: ["name", "key", "value"],
      example: ['- { name: my-plugin, key: baseUrl, value: "https://plugin.example.com" }'],
      keys: {
        name: NAME,
        key: { is: "text", doc: "Of the ConfigMap.", default: "" },
        value: { is: "content", doc: "What stands there." },
      },
    },
  },
} as const satisfies Setting;

export function readApplicationSetSettings(section: Values): ApplicationSetSettings {
  const allowed = section["allowedApis"] as string[];
  return {
    allowedApis: allowed.length === 0 ? undefined : allowed,
    secrets: section["secrets"] as unknown as ApplicationSetSettings["secrets"],
    configMaps: section["configMaps"] as unknown as ApplicationSetSettings["configMaps"],
  };
}
