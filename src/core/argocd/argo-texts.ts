/** What Argo CD's objects say of people and of what these may: handed on as it stands to those who read it. Pure. */
import { decodedData, textsOf } from "../model/decoded-secret.ts";
import type { KubeObject } from "../model/kube-object.ts";
import { IMAGE_UPDATER_MAP } from "./image-updater-config.ts";
import { NOTIFICATIONS_SECRET } from "./notification-services.ts";
import { NOTIFICATIONS_MAP } from "./notifications.ts";
import { RBAC_MAP, SETTINGS_MAP } from "./setting-keys.ts";

type Data = Readonly<Record<string, string>>;

export interface ArgoTexts {
  /** Of `argocd-cm`. */
  settings: Data;
  /** Of `argocd-rbac-cm`. */
  access: Data;
  /** By name: `argocd-secret`, and Secrets with the label `app.kubernetes.io/part-of: argocd`, decoded. undefined: they were not seen yet. */
  secrets: ReadonlyMap<string, Data> | undefined;
  /** Of `argocd-notifications-cm`, and of its Secret where that was seen; absent: it says nothing. */
  notifications?: { settings: Data; secret: Data | undefined };
  /** Of `argocd-image-updater-config`; absent: it says nothing. */
  imageUpdater?: Data;
}

/** Nothing is said anywhere. */
export const NO_TEXTS: ArgoTexts = { settings: {}, access: {}, secrets: undefined };

/** A ConfigMap that is gone leaves what it said: who replaces one deletes it for a moment. */
export function textsIn(
  maps: ReadonlyMap<string, KubeObject>,
  secrets: readonly KubeObject[] | undefined,
  before: ArgoTexts,
): ArgoTexts {
  const said = (name: string, last: Data): Data => {
    const map = maps.get(name);
    return map === undefined ? last : textsOf(map["data"], "data", left);
  };
  const all =
    secrets === undefined
      ? before.secrets
      : new Map(secrets.map((secret) => [secret.metadata.name, decodedData(secret, left)]));
  const notifications = said(NOTIFICATIONS_MAP, before.notifications?.settings ?? {});
  const imageUpdater = said(IMAGE_UPDATER_MAP, before.imageUpdater ?? {});
  return {
    settings: said(SETTINGS_MAP, before.settings),
    access: said(RBAC_MAP, before.access),
    secrets: all,
    // One that was emptied says so: whoever took it all away is told of nothing any more.
    ...(before.notifications === undefined && Object.keys(notifications).length === 0
      ? {}
      : { notifications: { settings: notifications, secret: all?.get(NOTIFICATIONS_SECRET) } }),
    ...(Object.keys(imageUpdater).length === 0 ? {} : { imageUpdater }),
  };
}

/** Who needs a key that is not there says so. */
function left(): void {
  return;
}
