import { bundlePage } from "./bundle/bundle-page.ts" with { type: "macro" };
import icon from "./icon.svg" with { type: "text" };
import html from "./index.html" with { type: "text" };

/** One file of the page, or all paths at which the page itself is. */
interface Asset {
  /** Of a route: `/applications/:namespace/:name`. */
  paths: readonly string[];
  type: string;
  body: string;
  /** `forever`: another content has another path. */
  keep: "forever" | "ask";
}

/** Where the page draws something of its own: Argo CD's addresses among them, so that old links lead where they led. */
const PAGES = [
  "/",
  "/applications",
  "/applications/:name",
  "/applications/:namespace/:name",
  "/applicationsets",
  "/applicationsets/:namespace/:name",
  "/resources",
  "/projects",
  "/clusters",
  "/repositories",
  "/new/application",
  "/fleet/diff",
  "/settings",
  ...["/settings/projects", "/settings/projects/:name"],
  ...["/settings/clusters", "/settings/clusters/:server"],
  ...["/settings/repos", "/settings/repos/:url"],
  ...["/settings/accounts", "/settings/accounts/:name"],
  ...["/settings/certs", "/settings/gpgkeys", "/settings/appearance", "/user-info"],
  "/activity",
  "/login",
];

const TYPES: Readonly<Record<string, string>> = {
  js: "text/javascript; charset=utf-8",
  css: "text/css; charset=utf-8",
};

const files = bundlePage();

/** The files of the page, all within the program. */
export const uiAssets: readonly Asset[] = [
  { paths: PAGES, type: "text/html; charset=utf-8", body: page(), keep: "ask" },
  { paths: ["/ui/icon.svg"], type: "image/svg+xml", body: icon, keep: "ask" },
  ...files.map(({ name, text }): Asset => {
    const type = TYPES[name.replace(/^.*\./, "")] ?? "application/octet-stream";
    return { paths: [`/ui/${name}`], type, body: text, keep: "forever" };
  }),
];

/** Its files are named from the root; the server puts its base path before them. */
function page(): string {
  const entry = (ending: string): string =>
    files.find(({ name }) => name.startsWith("main-") && name.endsWith(ending))?.name ?? "";
  return String(html)
    .replace("/ui/main.js", `/ui/${entry(".js")}`)
    .replace("/ui/main.css", `/ui/${entry(".css")}`);
}
