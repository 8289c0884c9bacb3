/** The page begins here. */
import "../styles/tokens.css";
import "../styles/page.css";
import "../styles/run.css";
import { effect } from "@preact/signals";
import { render } from "preact";
import { ActivityPage } from "../activity/activity-page.tsx";
import { ApplicationPage } from "../application/application-page.tsx";
import { ApplicationsPage } from "../applications/applications-page.tsx";
import { ClustersPage } from "../clusters/clusters-page.tsx";
import { NewApplicationPage } from "../new/new-application-page.tsx";
import { ProjectsPage } from "../projects/projects-page.tsx";
import { RepositoriesPage } from "../repositories/repositories-page.tsx";
import { SetPage, SetsPage } from "../sets/sets-page.tsx";
import { SettingsPage } from "../settings/settings-page.tsx";
import { applications, known, run } from "../store/applications.ts";
import { tellEnds } from "../store/awaited.ts";
import { followLinks, go, place } from "../store/route.ts";
import { healthOf, standing } from "../words/app-words.ts";
import { Shell } from "./shell.tsx";
import { show } from "./theme.ts";

function App() {
  return (
    <Shell>
      <Page />
    </Shell>
  );
}

function Page() {
  const { path } = place.value;
  const [, first = "", namespace = "", name = ""] = path.split("/").map(decodeURIComponent);
  if (first === "applications" && name !== "") return <ApplicationPage namespace={namespace} name={name} />;
  if (first === "applicationsets")
    return name === "" ? <SetsPage /> : <SetPage key={path} namespace={namespace} name={name} />;
  if (first === "projects") return <ProjectsPage />;
  if (first === "clusters") return <ClustersPage />;
  if (path === "/new/application") return <NewApplicationPage />;
  if (first === "repositories") return <RepositoriesPage />;
  if (first === "settings") return <SettingsPage />;
  if (first === "activity") return <ActivityPage />;
  return <ApplicationsPage />;
}

const TITLES: Readonly<Record<string, string>> = {
  applicationsets: "ApplicationSets",
  projects: "Projects",
  clusters: "Clusters",
  repositories: "Repositories",
  settings: "Settings",
  new: "New application",
  activity: "Activity",
};

effect(() => {
  const { path } = place.value;
  if (path === "/") go(`/applications${location.search}`, "replace");
  // Argo CD's addresses.
  const moved = /^\/settings\/(projects|clusters|repos)$/.exec(path)?.[1];
  if (moved !== undefined) go(moved === "repos" ? "/repositories" : `/${moved}`, "replace");
  const [, first = "", namespace = "", name = ""] = path.split("/").map(decodeURIComponent);
  const app = first === "applications" && name !== "" ? known.value?.get(`${namespace}/${name}`) : undefined;
  const attention = applications.value.filter((one) => standing(one) === "attention").length;
  document.title =
    app !== undefined
      ? `${standing(app) === "attention" ? "✗ " : ""}${name} · ${healthOf(app)} · Holdfast`
      : Object.hasOwn(TITLES, first)
        ? `${TITLES[first]} · Holdfast`
        : attention > 0
          ? `✗ ${attention} · Holdfast`
          : "Holdfast";
});

show();
followLinks();
tellEnds();
// What is asked for comes while the first of it is drawn.
void run();
render(<App />, document.getElementById("app") ?? document.body);
