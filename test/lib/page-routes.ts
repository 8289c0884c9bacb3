/** Every page of the program, at an address where the demo with its neighbours has something to show there. */

export interface PageRoute {
  /** Of its screenshot. */
  name: string;
  /** Below the base, with its query. */
  path: string;
  /** Said there once all has come: text within `main`, or of a dialog. */
  shows: string | RegExp;
}

const view = (app: string, name: string, shows: string | RegExp): PageRoute => ({
  name: `${app}-${name}`,
  path: `/applications/argocd/${app}${name === "resources" ? "" : `?view=${name}`}`,
  shows,
});
const tab = (name: string, shows: string | RegExp): PageRoute => ({
  name: `object-${name}`,
  path: `/applications/argocd/mailer?node=apps/Deployment/mailer/mailer&tab=${name}`,
  shows,
});

export const PAGE_ROUTES: readonly PageRoute[] = [
  { name: "list", path: "/applications", shows: "16 applications" },
  { name: "list-asked", path: "/applications?q=sync:outofsync", shows: "payments" },
  { name: "list-nothing", path: "/applications?q=nothing-is-called-so", shows: /no(thing|ne)|0 of 16/i },
  { name: "pane", path: "/applications?open=argocd/mailer", shows: "CrashLoopBackOff" },
  { name: "gone", path: "/applications/argocd/nothing", shows: "There is no application nothing" },
  { name: "no-page", path: "/nothing/here", shows: /no (such )?page/i },
  view("mailer", "resources", "CrashLoopBackOff"),
  view("shop", "graph", "Ingress"),
  view("payments", "diff", /3 to update/),
  view("search", "history", "7.1 answers after two seconds"),
  { name: "compared", path: "/applications/argocd/search?view=history&from=0&to=1", shows: "7.1.0" },
  { name: "search-everything", path: "/applications/argocd/search?view=history&what=all", shows: "Held" },
  {
    name: "import-everything",
    path: "/applications/argocd/import?view=history&what=all",
    shows: "80800",
  },
  view("catalogue", "run", "approve"),
  view("import", "run", "80800"),
  view("warehouse", "run", "waiting for healthy state of apps/Deployment warehouse/stock"),
  view("ledger", "run", "the sync stopped in PreSync"),
  view("mailer", "events", "BackOff"),
  view("shop", "config", "apps/shop"),
  {
    name: "mailer-flat",
    path: "/applications/argocd/mailer?group=flat&find=kind:pod",
    shows: "CrashLoopBackOff",
  },
  { name: "mailer-pods", path: "/applications/argocd/mailer?group=pods", shows: "sandbox-0" },
  { name: "shop-network", path: "/applications/argocd/shop?view=graph&preset=network", shows: "Ingress" },
  tab("summary", "mailer:broken"),
  tab("desired", "mailer/mailer.yaml"),
  tab("diff", "mailer"),
  tab("live", "apiVersion: apps/v1"),
  tab("events", /Scaled|Scaling/),
  tab("logs", "mailer"),
  { name: "sets", path: "/applicationsets", shows: "paper" },
  { name: "set", path: "/applicationsets/argocd/paper", shows: "paper-production" },
  { name: "set-rollout", path: "/applicationsets/argocd/paper?view=rollout", shows: "Step 2" },
  { name: "set-template", path: "/applicationsets/argocd/paper?view=template", shows: "missingkey=error" },
  { name: "set-matrix", path: "/applicationsets/argocd/tenants", shows: "left out" },
  { name: "set-error", path: "/applicationsets/argocd/previews", shows: "preview-environments" },
  { name: "set-events", path: "/applicationsets/argocd/previews?view=events", shows: "ErrorOccurred" },
  { name: "set-tried", path: "/applicationsets/argocd/paper?edit=yes", shows: "Here it is tried" },
  { name: "new-set", path: "/applicationsets?new=yes", shows: "New ApplicationSet" },
  { name: "set-gone", path: "/applicationsets/argocd/nothing", shows: "There is no ApplicationSet nothing" },
  { name: "found", path: "/resources?q=kind:Deployment", shows: "mailer" },
  { name: "found-orphans", path: "/resources?q=is:orphan", shows: "mailer-debug" },
  { name: "projects", path: "/projects", shows: "shop-front" },
  { name: "clusters", path: "/clusters", shows: "production" },
  { name: "new-cluster", path: "/clusters?new=yes", shows: "Kubeconfig, pasted" },
  { name: "new-project", path: "/projects?new=yes", shows: "New project" },
  { name: "cluster", path: "/clusters/production", shows: "Applications on it" },
  { name: "repositories", path: "/repositories", shows: "Repositories" },
  { name: "activity", path: "/activity", shows: "payments" },
  { name: "settings", path: "/settings", shows: "Settings" },
  { name: "new", path: "/new/application", shows: "New application" },
  { name: "fleet", path: "/fleet/diff", shows: "What differs" },
  { name: "project", path: "/projects/platform", shows: "What all teams stand on." },
  { name: "user-info", path: "/user-info", shows: "This daemon has no accounts" },
  { name: "settings-accounts", path: "/settings/accounts", shows: "There are none" },
  { name: "settings-certificates", path: "/settings/certificates", shows: "There is none" },
  { name: "settings-webhooks", path: "/settings/webhooks", shows: "How to set one up" },
  { name: "settings-gpg", path: "/settings/gpg", shows: "This version of Holdfast has none." },
  {
    name: "settings-notifications",
    path: "/settings/notifications",
    shows: "Nobody is told yet",
  },
  { name: "settings-about", path: "/settings/about", shows: "openapi.json" },
  { name: "help", path: "/help", shows: "one file" },
];
