/** Which ways out there are: what the config says of each, held against what its notifier wants. */

import type { NotificationService, NotificationSettings } from "../core/model/notification-settings.ts";
import type { Problem } from "../core/model/problem.ts";
import { defined } from "../lib/defined.ts";
import { nearest } from "../lib/nearest.ts";
import type { Notifier } from "../plugin/contract.ts";
import { whyNotHost } from "./road.ts";

export interface ReadyService {
  name: string;
  from: "config" | "argocd";
  notifier: Notifier;
  settings: Readonly<Record<string, string>>;
  /** Values that are never shown. */
  secrets: readonly string[];
}

/** `ready` is absent where it cannot be used; its problems say why. */
export interface KnownService {
  name: string;
  type: string;
  from: "config" | "argocd";
  ready?: ReadyService;
  problems: readonly Problem[];
}

export function servicesOf(
  services: readonly NotificationService[],
  from: "config" | "argocd",
  notifiers: readonly Notifier[],
  { allowedHosts }: Pick<NotificationSettings, "allowedHosts">,
): KnownService[] {
  return services.map(({ name, type, settings: written }, index): KnownService => {
    const path = from === "config" ? `notifications.services[${index}]` : `service.${type}`;
    const problem = (text: string, fix?: string): Problem => ({
      severity: "error",
      ...(from === "argocd" ? { object: "ConfigMap argocd-notifications-cm" } : {}),
      path,
      text: `service ${name}: ${text}`,
      ...defined({ fix }),
    });
    const notifier = notifiers.find((one) => one.name === type);
    if (notifier === undefined) {
      const names = notifiers.map((one) => one.name);
      const meant = nearest(type, names);
      return {
        ...{ name, type, from },
        problems: [
          problem(
            `there is no notifier ${type}`,
            meant === undefined ? `Types are ${names.join(", ")}` : `Did you mean ${meant}?`,
          ),
        ],
      };
    }
    const settings = Object.fromEntries(
      Object.entries(written).map(([key, secret]) => [key, secret.reveal()]),
    );
    const problems = wrongIn(notifier, settings, allowedHosts).map(({ text, fix }) => problem(text, fix));
    if (problems.length > 0) return { name, type, from, problems };
    const secrets = Object.entries(settings).flatMap(([key, value]) =>
      notifier.keys[key]?.is === "secret" ? [value, ...partsOf(value)] : [],
    );
    return { name, type, from, problems: [], ready: { name, from, notifier, settings, secrets } };
  });
}

/** What is secret of an address stands behind its host, and of several lines or words each may be one. */
function partsOf(value: string): string[] {
  const url = URL.parse(value);
  const tail = url === null || url.pathname.length < 8 ? [] : [url.pathname, `${url.pathname}${url.search}`];
  return [...tail, ...value.split(/[\s",{}]+/).filter((part) => part.length >= 12)];
}

function wrongIn(
  { keys, check }: Notifier,
  settings: Readonly<Record<string, string>>,
  allowedHosts: readonly string[],
): { text: string; fix?: string }[] {
  const known = Object.keys(keys);
  const unknown = Object.keys(settings).filter((key) => !Object.hasOwn(keys, key));
  const missing = known.filter((key) => keys[key]?.need === "required" && !settings[key]);
  const hosts = Object.values(settings).flatMap((value) => URL.parse(value)?.hostname || []);
  return [
    ...unknown.map((key) => {
      const meant = nearest(key, known);
      return {
        text: `settings.${key} is no setting of it`,
        fix: meant === undefined ? `Its settings are ${known.join(", ")}` : `Did you mean ${meant}?`,
      };
    }),
    ...missing.map((key) => ({ text: `settings.${key} is required`, fix: keys[key]?.doc ?? "Write it" })),
    ...(missing.length > 0 ? [] : (check?.(settings) ?? []).map((text) => ({ text }))),
    ...hosts.flatMap((host) => {
      const why = whyNotHost(host, allowedHosts);
      return why === undefined ? [] : [{ text: why, fix: "Correct its address" }];
    }),
  ];
}
