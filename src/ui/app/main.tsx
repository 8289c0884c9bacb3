/** The page begins here. */
import "../styles/tokens.css";
import "../styles/tiles.css";
import "../styles/page.css";
import "../styles/shell.css";
import "../styles/own.css";
import "../styles/run.css";
import "../styles/diff.css";
import "../styles/outline.css";
import "../styles/config.css";
import "../styles/list.css";
import "../styles/places.css";
import "../styles/log.css";
import "../styles/terminal.css";
import "../styles/menu.css";
import "../styles/panel.css";
import "../styles/sets.css";
import "../styles/fleet.css";
import "../styles/form.css";
import "../styles/room.css";
import "../styles/ways.css";
import { effect } from "@preact/signals";
import { render } from "preact";
import { ApplicationsPage } from "../applications/applications-page.tsx";
import { returnHref } from "../login/return-href.ts";
import { isSettingsPage } from "../settings/settings-paths.ts";
import { applications, daemon, known, minute, run } from "../store/applications.ts";
import { tellEnds } from "../store/awaited.ts";
import { BASE } from "../store/daemon.ts";
import { followFavourites } from "../store/favourites.ts";
import { followLinks, go, place } from "../store/route.ts";
import { healthOf, keyOf, standing } from "../words/app-words.ts";
import { beginAt } from "./early.ts";
import { followIntent } from "./intent.ts";
import { movedTo } from "./moved.ts";
import { NoPage } from "./no-page.tsx";
import {
  ActivityPage,
  ApplicationPage,
  ClusterPage,
  ClustersPage,
  FleetPage,
  HelpPage,
  loadFor,
  loadRest,
  NewApplicationPage,
  ProjectPage,
  ProjectsPage,
  RepositoriesPage,
  RepositoryPage,
  ResourcesPage,
  RunPage,
  SetPage,
  SetsPage,
  SettingsPage,
  UserPage,
} from "./pages.ts";
import { showRail } from "./rail.ts";
import { lookedAt } from "./recent.ts";
import { Shell } from "./shell.tsx";
import { show } from "./theme.ts";
import { tintIcon } from "./tint-icon.ts";

function Page() {
  const { path } = place.value;
  const [first, namespace, name] = partsOf(path);
  const depth = path.replace(/\/$/, "").split("/").length - 1;
  if (path === "/new/application") return <NewApplicationPage />;
  if (path === "/fleet/diff") return <FleetPage />;
  if (first === "applications" && depth === 3 && name !== "")
    return <ApplicationPage namespace={namespace} name={name} />;
  if (first === "applicationsets" && depth === 3 && name !== "")
    return <SetPage key={path} namespace={namespace} name={name} />;
  if (depth === 2 && namespace !== "") {
    if (first === "projects") return <ProjectPage key={path} name={namespace} />;
    if (first === "clusters") return <ClusterPage key={path} name={namespace} />;
    if (first === "repositories") return <RepositoryPage key={path} id={namespace} />;
    if (first === "runs") return <RunPage key={path} id={namespace} />;
  }
  if (
    first === "settings" &&
    isSettingsPage(namespace) &&
    (depth === 2 || (depth === 3 && namespace === "accounts"))
  )
    return <SettingsPage at={namespace} {...(depth === 3 ? { name } : {})} />;
  if (depth > 1) return isMoving(path) ? <p class="dim">Asking the daemon…</p> : <NoPage />;
  if (first === "applicationsets") return <SetsPage />;
  if (first === "resources") return <ResourcesPage />;
  if (first === "projects") return <ProjectsPage />;
  if (first === "clusters") return <ClustersPage />;
  if (first === "repositories") return <RepositoriesPage />;
  if (first === "settings") return <SettingsPage />;
  if (first === "user-info") return <UserPage />;
  if (first === "help") return <HelpPage />;
  if (first === "activity") return <ActivityPage />;
  if (first === "" || first === "applications" || first === "login") return <ApplicationsPage />;
  return <NoPage />;
}

/** By an application's name alone, which leads on once it is known what there is. */
function isMoving(path: string): boolean {
  return known.value === undefined && /^\/applications\/[^/]+\/?$/.test(path);
}

/** Of an address, whoever wrote it. */
function partsOf(path: string): [string, string, string] {
  const [, first = "", second = "", third = ""] = path.split("/").map((part) => {
    try {
      return decodeURIComponent(part);
    } catch {
      return part;
    }
  });
  return [first, second, third];
}

const TITLES: Readonly<Record<string, string>> = {
  applicationsets: "ApplicationSets",
  resources: "Resources",
  fleet: "What differs",
  projects: "Projects",
  clusters: "Clusters",
  repositories: "Repositories",
  settings: "Settings",
  "user-info": "You",
  help: "Help",
  runs: "Runs",
  new: "New application",
  activity: "Activity",
};

effect(() => {
  const { path } = place.value;
  const moved = movedTo(place.value, () => known.value && [...known.value.keys()]);
  if (moved !== undefined) go(moved, "replace");
  // Whoever is signed in has no business there.
  else if (path === "/login" && known.value !== undefined)
    go(`/${returnHref().slice(BASE.pathname.length)}`, "replace");
  const [first, namespace, name] = partsOf(path);
  const app = first === "applications" && name !== "" ? known.value?.get(`${namespace}/${name}`) : undefined;
  const attention = applications.value.filter((one) => standing(one, minute.value) === "attention").length;
  if (app !== undefined) lookedAt(keyOf(app));
  const instance = daemon.value.page.instance || "Holdfast";
  tintIcon(daemon.value.page.colour);
  document.title =
    app !== undefined
      ? `${standing(app, minute.value) === "attention" ? "✗ " : ""}${name} · ${healthOf(app)} · ${instance}`
      : Object.hasOwn(TITLES, first)
        ? [...(first === "new" ? [] : [name || namespace].filter(Boolean)), TITLES[first], instance].join(
            " · ",
          )
        : attention > 0
          ? `✗ ${attention} · ${instance}`
          : instance;
});

show();
showRail();
followLinks();
tellEnds();
beginAt(place.peek());
followFavourites();
// What is asked for comes while the first of it is drawn.
void run();
render(<Shell page={Page} />, document.getElementById("app") ?? document.body);
followIntent(loadFor);
const begun = place.peek().path;
const untilGone = effect(() => {
  if (place.value.path === begun) return;
  loadRest();
  untilGone();
});
