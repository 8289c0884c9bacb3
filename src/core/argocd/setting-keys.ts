/**
 * The keys of Argo CD's ConfigMaps, and what becomes of each here. The pages of the documentation are printed from it.
 * The keys: https://argo-cd.readthedocs.io/en/stable/operator-manual/argocd-cm-yaml/, …/argocd-cmd-params-cm-yaml/ and
 * …/argocd-rbac-cm-yaml/
 */
import { defined } from "../../lib/defined.ts";

export const SETTINGS_MAP = "argocd-cm";
export const PARAMS_MAP = "argocd-cmd-params-cm";
export const RBAC_MAP = "argocd-rbac-cm";

/** What is Argo CD's own bears it, and by it Argo CD finds `argocd-cm` and the Secrets that settings refer to. */
export const PART_OF = { label: "app.kubernetes.io/part-of", value: "argocd" };

/** `key`: `*` stands for anything. */
export type SettingKey =
  /** `of`: what it says something of; of people where the namespace is the home alone. */
  | { key: string; is: "honoured"; as: string; of: "what is delivered" | "people" }
  /** `says`: whether a value of it has a sync mean something else than it would with Argo CD; absent: none does. */
  | { key: string; is: "not-honoured"; why: string; says?: (value: string) => boolean };

const honoured = (key: string, as: string): SettingKey => ({
  key,
  is: "honoured",
  as,
  of: "what is delivered",
});
const people = (key: string, as: string): SettingKey => ({ key, is: "honoured", as, of: "people" });
const not = (key: string, why: string, says?: (value: string) => boolean): SettingKey => ({
  key,
  is: "not-honoured",
  why,
  ...defined({ says }),
});
const isOff = (value: string): boolean => /^(?:0|f|false)$/i.test(value.trim());
const hasWord = (value: string, word: string): boolean => value.split(",").some((one) => one.trim() === word);
const isOn = (value: string): boolean => /^(?:1|t|true)$/i.test(value.trim());

const DEX =
  "there is no Dex beside this server: its connectors are read of `dex.config`, docs/sign-on-dex.md";
const OIDC = "as `signOn.oidc` of the config, beside those";
const POLICY = "beside `rbac` of the config";
const WEBHOOKS = "what hears of a push is woken at once, and looks together with others";
const PAGE = "it is of Argo CD's page";
const TOOLS = "what renders a source is told by the source; no tool can be turned off";

export const SETTING_KEYS: Readonly<Record<string, readonly SettingKey[]>> = {
  [SETTINGS_MAP]: [
    honoured("resource.customizations", "health scripts, actions and fields to ignore, by kind"),
    honoured("resource.customizations.health.*", "health scripts in Lua"),
    honoured("resource.customizations.actions.*", "actions in Lua"),
    honoured("resource.customizations.ignoreDifferences.*", "as `ignoreDifferences` of the config"),
    not(
      "resource.customizations.ignoreResourceUpdates.*",
      "an update that changes nothing that is compared costs no render, and is told to nobody",
    ),
    not("resource.customizations.knownTypeFields.*", "values are compared as the API server stores them"),
    not("resource.customizations.useOpenLibs.*", "every script has the libraries that reach nothing outside"),
    not("resource.ignoreResourceUpdatesEnabled", "see `resource.customizations.ignoreResourceUpdates.*`"),
    honoured("resource.exclusions", "as `resourceExclusions` of the config"),
    honoured("resource.inclusions", "as `resourceInclusions` of the config"),
    honoured(
      "resource.compareoptions",
      "`ignoreResourceStatusField` other than `all` is told: status is never compared; `ignoreAggregatedRoles` leaves the rules of a ClusterRole with an aggregationRule alone",
    ),
    not(
      "resource.respectRBAC",
      "only kinds are watched that applications use, and one that may not be listed is said of these",
    ),
    not("resource.customLabels", "labels of objects are shown as they are"),
    not("resource.includeEventLabelKeys", "no Events are written"),
    not("resource.excludeEventLabelKeys", "no Events are written"),
    not(
      "resource.sensitive.mask.annotations",
      "of a Secret's annotations none is hidden but the copy that kubectl leaves: whoever may see the Secret's application reads them",
      (value) => value.trim() !== "",
    ),
    honoured("globalProjects", "as `globalProjects` of the config, behind those"),
    honoured("installationID", "as `installationID` of the config, where that is empty"),
    honoured("timeout.reconciliation", "as `poll` of the config, where that is at its default"),
    honoured("timeout.reconciliation.jitter", "as `pollSpread` of the config, where that is at its default"),
    not("timeout.hard.reconciliation", "what is rendered is kept by all that it was rendered from"),
    honoured("application.sync.impersonation.enabled", "as `sync.impersonation` of the config"),
    not(
      "application.sync.impersonation.enforced",
      "where no rule of the project names an account, nothing is written: name one for every destination",
      isOff,
    ),
    not(
      "application.resourceTrackingMethod",
      "objects bear the annotation `argocd.argoproj.io/tracking-id`, and no label",
      (value) => !["annotation", ""].includes(value.trim()),
    ),
    not("application.instanceLabelKey", "no label is written to objects, so that none of that name is ours"),
    not("application.allowedNodeLabels", PAGE),
    honoured(
      "kustomize.buildOptions",
      "as `render.kustomizeBuildOptions` of the config, where that is empty",
    ),
    honoured(
      "kustomize.buildOptions.*",
      "as `buildOptions` of that version in `render.versions` of the config, where they are empty",
    ),
    not(
      "kustomize.path.*",
      "it is a path in Argo CD's own image: write `render.versions` in the config",
      (value) => value.trim() !== "",
    ),
    not("kustomize.enable", TOOLS, isOff),
    not("helm.enable", TOOLS, isOff),
    not("jsonnet.enable", TOOLS, isOff),
    not(
      "helm.valuesFileSchemes",
      "which addresses value files may name is said by `remoteBases` of the config, and these are of https alone unless it says otherwise",
      (value) =>
        value.split(",").some((scheme) => !["http", "https", ""].includes(scheme.trim())) ||
        !hasWord(value, "https"),
    ),
    not(
      "cluster.inClusterEnabled",
      "the cluster around us is a destination: forbid it in `destinations` of the projects (`!https://kubernetes.default.svc`)",
      isOff,
    ),
    people("url", "as `server.url` of the config, where that is empty and this has no path"),
    not("additionalUrls", PAGE),
    people(
      "dex.config",
      "its connectors of type github, google, ldap and oidc, as `signOn` of the config, beside those, where there is no `oidc.config`",
    ),
    people("oidc.config", OIDC),
    people("oidc.tls.insecure.skip.verify", OIDC),
    people("accounts.*", "accounts beside `accounts` of the config, which counts where both name one"),
    people("admin.enabled", "whether `admin` is an account that may sign in"),
    people("users.anonymous.enabled", "who shows nothing may what the default role may"),
    people("users.session.duration", "from the login on; eight hours without a request end a session too"),
    people("passwordPattern", "beside what every new password is held to"),
    people(
      "webhook.maxPayloadSizeMB",
      "as `webhooks.maxPayloadSizeMB` of the config, where that is at its default; 5 at most",
    ),
    not("webhook.*", WEBHOOKS),
    not("statusbadge.*", "name whose badge everybody may see in `server.badges` of the config"),
    people("exec.enabled", "terminals in Pods, as `exec.enabled` of the config: either one turns them on"),
    people("exec.shells", "as `exec.shells` of the config, where that is as it comes"),
    not("server.maxPodLogsToRender", PAGE),
    not(
      "server.rbac.*",
      "permissions are asked as Argo CD asks them since 3.0: logs by themselves, and single objects of an application too",
    ),
    honoured("project.links", "as `page.links.project` of the config, behind those"),
    honoured("application.links", "as `page.links.application` of the config, behind those"),
    honoured("resource.links", "as `page.links.resource` of the config, behind those"),
    honoured("ui.bannercontent", "as `page.banner.text` of the config, where that is empty, as plain text"),
    honoured("ui.bannerurl", "as `page.banner.url` with that text, of http and https alone"),
    honoured("ui.bannerpermanent", "as `page.banner.permanent` with that text"),
    honoured("ui.bannerposition", "as `page.banner.position` with that text"),
    not("ui.cssurl", "other people's styles over controls that write"),
    not("ui.*", PAGE),
    honoured("help.chatUrl", "as `page.chat.url` of the config, where that is empty"),
    honoured("help.chatText", "as `page.chat.text` with that address"),
    not("help.*", "the page's help says what to run"),
    not("ga.*", "nothing is sent to anybody"),
    not("extension.config*", PAGE),
    not("sourceHydrator.*", "manifests are rendered where they are applied, and no branch is written"),
    not("commit.author.*", "see `sourceHydrator.*`"),
    not(
      "configManagementPlugins",
      "write `configManagementPlugins` in the config",
      (value) => value.trim() !== "",
    ),
    not(
      "repositories",
      "write a Secret of each, as Argo CD has it since 2.0",
      (value) => value.trim() !== "",
    ),
    not(
      "repository.credentials",
      "write a Secret of each, as Argo CD has it since 2.0",
      (value) => value.trim() !== "",
    ),
  ],
  [PARAMS_MAP]: [
    honoured(
      "controller.sync.timeout.seconds",
      "as `sync.timeout` of the config, where that is at its default",
    ),
    honoured(
      "application.namespaces",
      "as far as `homeCluster.namespaces` of the config names them too, which is told where it does not",
    ),
    not("controller.self.heal.*", "drift is put back at once, and `fights` of the config says when no more"),
    not(
      "controller.sync.wave.delay.seconds",
      "a wave begins when the one before it is healthy, without a pause",
    ),
    not("controller.diff.server.side", "what ownership cannot tell is asked of the API server, always"),
    not("controller.*", "one process does the work, and `limits` of the config says how much at once"),
    not("reposerver.*", "`render` and `git` of the config say how sources are rendered and fetched"),
    not("server.*", "`server` of the config says where the API answers"),
    not("applicationsetcontroller.*", "sets ask as the daemon does, and what they may do each says itself"),
    not("notificationscontroller.*", "the daemon itself tells people: docs/notifications.md"),
    not("commitserver.*", "see `sourceHydrator.*` of argocd-cm"),
    not("dexserver.*", DEX),
    not("redis.*", "there is no Redis"),
    not("repo.server*", "there is no repository server"),
    not("otlp.*", "traces are sent to nobody"),
    not("log.*", "`log` of the config says what is written"),
    not("hydrator.enabled", "see `sourceHydrator.*` of argocd-cm", isOn),
  ],
  [RBAC_MAP]: [
    people("policy.csv", POLICY),
    people("policy.*.csv", POLICY),
    people("policy.default", "as `rbac.defaultRole` of the config, where that is empty"),
    people("policy.matchMode", "as `rbac.matchMode` of the config, where that has no lines"),
    people("scopes", "as `rbac.scopes` of the config, where that is at its default"),
  ],
};

/** The first that names it, those without a star before the others. @returns undefined: Argo CD knows no such key */
export function settingKey(map: string, key: string): SettingKey | undefined {
  const keys = SETTING_KEYS[map] ?? [];
  return keys.find((known) => known.key === key) ?? keys.find((known) => fits(known.key, key));
}

function fits(pattern: string, key: string): boolean {
  const [before = "", after = ""] = pattern.split("*");
  return (
    pattern.includes("*") &&
    key.length >= before.length + after.length &&
    key.startsWith(before) &&
    key.endsWith(after)
  );
}
