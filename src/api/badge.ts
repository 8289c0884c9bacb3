import { AccessPolicy } from "../core/access/access-policy.ts";
import { type Asker, askerOf } from "../core/access/asker.ts";
import { parsePolicy } from "../core/access/policy-text.ts";
import { isWorse } from "../core/health/order.ts";
import { type Application, appKey } from "../core/model/application.ts";
import type { HealthStatus } from "../core/model/health.ts";
import { shortRevision } from "../core/model/short-revision.ts";
import { ApiError } from "./api-error.ts";
import { type BadgePart, badgeSvg } from "./badge-svg.ts";
import type { ApiContext } from "./context.ts";
import type { Routes } from "./routes.ts";
import { plain } from "./terms/terms.ts";
import { flag, list, optional, text } from "./terms/wire.ts";

export const BADGE_PATH = "/api/badge";

const BADGE = {
  id: "getBadge",
  says: "Health and sync of an application, or of those of projects, as an image for everybody.",
  asks: "open",
  query: {
    name: optional(text({ says: "Of the application." })),
    namespace: optional(text({ says: "Of the application; default the home namespace." })),
    project: optional(list(text(), { says: "May be repeated. Without a name: all applications of these." })),
    revision: optional(flag("With the revision that is deployed.")),
    keepFullRevision: optional(flag("That whole.")),
    showAppName: optional(flag("With the application's name.")),
  },
  answers: plain("An image. Of what is not to be seen it is the same as of what is not there.", {
    type: "image/svg+xml",
  }),
} as const;

const [GREEN, YELLOW, RED, BLUE, GREY, NAME] = [
  "#18794e",
  "#8f6200",
  "#b42318",
  "#1f5fbf",
  "#5c6470",
  "#30363d",
];
const COLOURS: Readonly<Record<string, string>> = {
  ...{ Healthy: GREEN, Progressing: BLUE, Degraded: RED, Suspended: GREY, Missing: YELLOW },
  ...{ Synced: GREEN, OutOfSync: YELLOW },
};
/** Characters. */
const MOST_REVISION = 64;
const ABSENT = badgeSvg([{ text: "Not Found", colour: GREY }]);

/**
 * `/api/badge`, with Argo CD's parameters. Whoever asks is told the same: a page elsewhere shows it, so neither a token nor a
 * cookie makes a difference. What the config does not name looks like what is not there, byte by byte.
 */
export function badgeRoutes(routes: Routes, { control, settings, homeNamespace }: ApiContext): void {
  const everybody = everybodyBy();

  routes.get(BADGE_PATH, BADGE, (c, _, { query }) => {
    const { badges } = settings();
    if (badges.length === 0)
      throw new ApiError(
        "NotFound",
        "there are no badges: server.badges of the config names whose everybody may see",
      );
    const who = everybody(badges);
    const { name, namespace = homeNamespace, project: projects = [] } = query;
    const isWanted = ({ spec }: Application): boolean =>
      projects.length === 0 || projects.includes(spec.project);
    const one = name === undefined ? undefined : control.application(who, appKey(namespace, name));
    const apps = (
      name !== undefined
        ? one === undefined
          ? []
          : [one]
        : projects.length === 0
          ? []
          : control.applications(who)
    ).filter(isWanted);
    const body = apps.length === 0 ? ABSENT : badgeSvg(partsOf(apps, query));
    // Proxies of images ask again each time.
    return c.body(body, 200, {
      "content-type": "image/svg+xml",
      "cache-control": "no-cache",
      "cross-origin-resource-policy": "cross-origin",
    });
  });
}

interface Asked {
  name?: string;
  revision?: boolean;
  keepFullRevision?: boolean;
  showAppName?: boolean;
}

function partsOf(
  apps: readonly Application[],
  { name, revision, keepFullRevision, showAppName }: Asked,
): BadgePart[] {
  const health = apps
    .map(({ status }): HealthStatus => status?.health.status ?? "Unknown")
    .reduce((worst, one) => (isWorse(one, worst) ? one : worst));
  const syncs = apps.map(({ status }) => status?.sync.status ?? "Unknown");
  const sync = ["OutOfSync", "Unknown"].find((word) => syncs.some((each) => each === word)) ?? "Synced";
  const coloured = (text: string): BadgePart => ({ text, colour: COLOURS[text] ?? GREY });
  const of = name === undefined ? undefined : apps[0];
  const deployed = of?.status?.sync.revision || of?.status?.sync.revisions?.[0] || "";
  const shown = (keepFullRevision === true ? deployed : shortRevision(deployed)).slice(0, MOST_REVISION);
  return [
    ...(showAppName === true && of !== undefined ? [{ text: of.metadata.name, colour: NAME }] : []),
    coloured(health),
    coloured(sync),
    ...(revision === true && shown !== "" ? [{ text: shown, colour: NAME }] : []),
  ];
}

/** Who may see just what the config names; compiled anew where that changes. */
function everybodyBy(): (badges: readonly string[]) => Asker {
  let last: { badges: readonly string[]; policy: AccessPolicy } | undefined;
  const subject = { name: "everybody", groups: [] };
  return (badges) => {
    if (last?.badges !== badges) {
      const lines = badges.map((pattern) => `p, everybody, applications, get, ${pattern}, allow`).join("\n");
      last = {
        badges,
        policy: new AccessPolicy({
          lines: parsePolicy(lines, "server.badges").lines,
          projects: new Map(),
          matchMode: "glob",
          defaultRole: undefined,
        }),
      };
    }
    const { policy } = last;
    return askerOf({ actor: "nobody", subject }, () => policy);
  };
}
