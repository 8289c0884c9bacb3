import type { Application, ResourceStatus } from "../core/model/application.ts";
import type { SyncResource } from "../core/model/operation.ts";
import { FILE_NAME, matchesGlob } from "../lib/glob.ts";
import { changesOf, healthOf, isBusy, objectName, syncOf } from "./words/app-words.ts";
import { andMore } from "./words/count.ts";

/** What may be waited for. Several of healthy, suspended and degraded are alternatives. */
export const WAIT_WORDS = ["sync", "health", "operation", "suspended", "degraded", "deleted"] as const;
export type WaitWord = (typeof WAIT_WORDS)[number];

const HEALTH_OF = { health: "Healthy", suspended: "Suspended", degraded: "Degraded" } as const;

/**
 * What is still missing, as ends of "waiting for …"; empty: it is there.
 * @param resources empty: the application as a whole
 */
export function missing(
  app: Application,
  wanted: ReadonlySet<WaitWord>,
  resources: readonly SyncResource[] = [],
): string[] {
  if (wanted.has("deleted")) return ["its deletion"];
  const parts: string[] = [];
  if (wanted.has("operation") && isBusy(app)) {
    const message = app.status?.operationState?.message;
    parts.push(`the running operation${message ? ` (${message})` : ""}`);
  }
  const healths = (["health", "suspended", "degraded"] as const)
    .filter((word) => wanted.has(word))
    .map((word) => HEALTH_OF[word]);
  if (resources.length > 0) return [...parts, ...ofResources(app, wanted.has("sync"), healths, resources)];
  if (wanted.has("sync") && syncOf(app) !== "Synced") {
    const changes = changesOf(app);
    parts.push(`Synced (it is ${syncOf(app)}${changes === "" ? "" : `: ${changes}`})`);
  }
  if (healths.length > 0 && !healths.some((word) => word === healthOf(app))) {
    const message = app.status?.health.message;
    parts.push(`${healths.join(" or ")} (it is ${healthOf(app)}${message ? `: ${message}` : ""})`);
  }
  return parts;
}

function ofResources(
  app: Application,
  wantsSync: boolean,
  healths: readonly string[],
  selectors: readonly SyncResource[],
): string[] {
  const usual = app.spec.destination.namespace ?? "";
  const chosen = (app.status?.resources ?? []).filter((resource) => isSelected(resource, selectors));
  if (chosen.length === 0) return ["an object that fits --resource"];
  const late = chosen.filter(
    ({ status, health }) =>
      (wantsSync && status !== "Synced") ||
      (healths.length > 0 && health !== undefined && !healths.includes(health.status)),
  );
  return late.length === 0
    ? []
    : [
        andMore(
          late.map(
            (resource) =>
              `${objectName(resource, usual)} (${[resource.status, resource.health?.status].filter((word) => word !== undefined).join(", ")})`,
          ),
          3,
        ),
      ];
}

/** Any of the selectors that include, and none of those that exclude. */
export function isSelected(
  { group = "", kind, namespace = "", name }: ResourceStatus,
  selectors: readonly SyncResource[],
): boolean {
  const fits = (selector: SyncResource): boolean =>
    matchesGlob(selector.group ?? "", group, FILE_NAME) &&
    matchesGlob(selector.kind, kind, FILE_NAME) &&
    matchesGlob(selector.name, name, FILE_NAME) &&
    (selector.namespace === undefined ||
      selector.namespace === "" ||
      matchesGlob(selector.namespace, namespace, FILE_NAME));
  const including = selectors.filter(({ exclude }) => exclude !== true);
  return (
    (including.length === 0 || including.some(fits)) &&
    !selectors.some((selector) => selector.exclude === true && fits(selector))
  );
}
