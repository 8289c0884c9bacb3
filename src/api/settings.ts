import type { PageWords } from "../core/model/page-words.ts";
import type { ApiContext } from "./context.ts";
import type { Routes } from "./routes.ts";
import { json } from "./terms/terms.ts";
import { choice, flag, list, optional, text, told } from "./terms/wire.ts";

const PLUGINS = list(told({ name: text() }));
const SETTINGS = {
  id: "getSettings",
  says: "How the daemon is set up, in Argo CD's words.",
  asks: "let-in",
  answers: json(
    told({
      url: optional(text({ says: "At which browsers reach it." })),
      appLabelKey: text({ says: "Objects are known by an annotation; the label is left alone." }),
      trackingMethod: choice(["annotation"]),
      installationID: optional(text()),
      controllerNamespace: text({ says: "The home namespace." }),
      appsInAnyNamespaceEnabled: flag(),
      impersonationEnabled: flag(),
      execEnabled: flag(),
      hydratorEnabled: flag(),
      statusBadgeEnabled: flag(),
      userLoginsDisabled: flag("No account may log in by a password."),
      passwordPattern: optional(text()),
      dexConfig: optional(
        told({ connectors: list(told({ name: text() })) }, "Providers that a browser can be sent to."),
      ),
      kustomizeOptions: optional(told({ buildOptions: text() })),
      kustomizeVersions: optional(list(text())),
      plugins: PLUGINS,
      uiBannerContent: optional(text()),
      uiBannerURL: optional(text()),
      uiBannerPermanent: optional(flag()),
      uiBannerPosition: optional(text()),
      help: optional(told({ chatUrl: text(), chatText: text() })),
    }),
  ),
} as const;
const LIST_PLUGINS = {
  id: "listPlugins",
  says: "Config management plugins that sources may name.",
  asks: "let-in",
  answers: json(told({ plugins: PLUGINS })),
} as const;

/**
 * `/api/v1/settings`, in Argo CD's shape: https://argo-cd.readthedocs.io/en/stable/developer-guide/api-docs/
 * Unlike there nobody is told who has not logged in; how one logs in is at `/api/v1/session/userinfo`.
 */
export function settingsRoutes(routes: Routes, { settings, homeNamespace, door, signOn }: ApiContext): void {
  const plugins = () => settings().plugins.map((name) => ({ name }));

  routes.get("/api/v1/settings", SETTINGS, (c) => {
    const {
      url,
      installationID,
      namespaces,
      impersonation,
      kustomize,
      passwordPattern,
      badges,
      terminal,
      page,
    } = settings();
    const connectors = (signOn?.desk.offered() ?? []).filter(({ how }) => how === "browser");
    const canLogIn = door?.accounts
      .list()
      .some(({ enabled, may }) => enabled === "yes" && may.includes("login"));
    return c.json({
      url,
      appLabelKey: "app.kubernetes.io/instance",
      trackingMethod: "annotation",
      installationID: installationID || undefined,
      controllerNamespace: homeNamespace,
      appsInAnyNamespaceEnabled: namespaces === "others-too",
      impersonationEnabled: impersonation === "on",
      execEnabled: terminal?.is === "on",
      hydratorEnabled: false,
      statusBadgeEnabled: badges.length > 0,
      userLoginsDisabled: canLogIn !== true,
      passwordPattern,
      dexConfig:
        connectors.length === 0 ? undefined : { connectors: connectors.map(({ name }) => ({ name })) },
      kustomizeOptions:
        kustomize.buildOptions.length === 0 ? undefined : { buildOptions: kustomize.buildOptions.join(" ") },
      kustomizeVersions: kustomize.versions.length === 0 ? undefined : kustomize.versions,
      plugins: plugins(),
      ...bannerOf(page ?? { instance: "" }),
      help: page?.chat && { chatUrl: page.chat.url, chatText: page.chat.text },
    });
  });

  routes.get("/api/v1/settings/plugins", LIST_PLUGINS, (c) => c.json({ plugins: plugins() }));
}

function bannerOf({ banner }: PageWords): Record<string, unknown> {
  if (banner === undefined) return {};
  return {
    uiBannerContent: banner.text,
    uiBannerURL: banner.url,
    uiBannerPermanent: banner.permanent === "yes",
    uiBannerPosition: banner.position,
  };
}
