/** What is drawn where, whose scripts come when somebody goes there. The list of applications alone comes at first. */
import { reviews } from "../application/reviews-later.ts";
import { type Later, later, whenIdle } from "../components/later.tsx";

const application = later(() => import("../application/application-page.tsx"));
export const ApplicationPage = application.part(({ ApplicationPage }) => ApplicationPage);
/** An application beside the list. */
export const OneApplication = application.part(({ OneApplication }) => OneApplication);

/** Of a run without its application, which leads to it. */
export const RunPage = application.part(({ RunPage }) => RunPage);

const bulk = later(() => import("../applications/bulk.ts"));
/** What can be done to those that are selected in the list. */
export const BulkBar = bulk.part(({ BulkBar }) => BulkBar);
/** What a sync of one would do, over the list. */
export const ListedSyncReview = reviews.part(({ SyncReview }) => SyncReview);

const newApplication = later(() => import("../new/new-application-page.tsx"));
export const NewApplicationPage = newApplication.part(({ NewApplicationPage }) => NewApplicationPage);

const fleet = later(() => import("../fleet/fleet-page.tsx"));
/** What differs of many. */
export const FleetPage = fleet.part(({ FleetPage }) => FleetPage);

const rest = later(() => import("./rest.ts"));
export const ActivityPage = rest.part(({ ActivityPage }) => ActivityPage);
export const ClustersPage = rest.part(({ ClustersPage }) => ClustersPage);
export const ProjectsPage = rest.part(({ ProjectsPage }) => ProjectsPage);
export const RepositoriesPage = rest.part(({ RepositoriesPage }) => RepositoriesPage);
export const ResourcesPage = rest.part(({ ResourcesPage }) => ResourcesPage);

const sets = later(() => import("../sets/sets.ts"));
export const SetPage = sets.part(({ SetPage }) => SetPage);
export const SetsPage = sets.part(({ SetsPage }) => SetsPage);

const own = later(() => import("./own.ts"));
export const HelpPage = own.part(({ HelpPage }) => HelpPage);
export const SettingsPage = own.part(({ SettingsPage }) => SettingsPage);
export const UserPage = own.part(({ UserPage }) => UserPage);

const onePlace = later(() => import("./one-place.ts"));
export const ClusterPage = onePlace.part(({ ClusterPage }) => ClusterPage);
export const ProjectPage = onePlace.part(({ ProjectPage }) => ProjectPage);
export const RepositoryPage = onePlace.part(({ RepositoryPage }) => RepositoryPage);

/** By where it is, the more exact before. */
const PARTS: readonly (readonly [RegExp, readonly Pick<Later<unknown>, "load">[]])[] = [
  [/^\/applications\/[^/]+\/[^/]+/, [application]],
  [/^\/runs\/[^/]/, [application]],
  [/^\/applicationsets(\/|$)/, [sets]],
  [/^\/(resources|activity)(\/|$)/, [rest]],
  [/^\/(projects|clusters|repositories)\/[^/]/, [onePlace]],
  [/^\/(projects|clusters|repositories)(\/|$)/, [rest]],
  [/^\/(settings|user-info|help)(\/|$)/, [own]],
  [/^\/new\//, [newApplication]],
  [/^\/fleet\//, [fleet]],
];

/** Loads what is drawn there, if it is not there yet. */
export function loadFor(path: string): void {
  for (const { load } of PARTS.find(([at]) => at.test(path))?.[1] ?? []) load();
}

/** Whoever has gone somewhere goes on: then the next click finds all of it there. Whoever only looks loads nothing more. */
export const loadRest = (): void => whenIdle(application, reviews, bulk, rest, sets, own, onePlace);
