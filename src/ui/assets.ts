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
  "/applicationsets",
  "/applicationsets/:namespace/:name",
  "/resources",
  "/projects",
  "/projects/:name",
  "/clusters",
  "/clusters/:name",
  "/repositories",
  "/repositories/:id",
  "/new/application",
  "/fleet/diff",
  "/settings",
  ...["/settings/projects", "/settings/projects/:name"],
  ...["/settings/clusters", "/settings/clusters/:server"],
  ...["/settings/repos", "/settings/repos/:url"],
  ...["/settings/accounts", "/settings/accounts/:name"],
  ...["/settings/certs", "/settings/gpgkeys", "/settings/appearance", "/user-info", "/help"],
  "/settings/webhooks",
  ...["/settings/certificates", "/settings/gpg", "/settings/notifications", "/settings/about"],
  "/activity",
  "/login",
];

/** What draws it is no part of the first scripts, and need not be found out by them. */
const APPLICATION = "/applications/:namespace/:name";

const TYPES: Readonly<Record<string, string>> = {
  js: "text/javascript; charset=utf-8",
  css: "text/css; charset=utf-8",
};

const files = bundlePage();

/** The files of the page, all within the program. */
export const uiAssets: readonly Asset[] = [
  { paths: PAGES, type: "text/html; charset=utf-8", body: page([]), keep: "ask" },
  { paths: [APPLICATION], type: "text/html; charset=utf-8", body: page(["application-page-"]), keep: "ask" },
  { paths: ["/ui/icon.svg"], type: "image/svg+xml", body: icon, keep: "ask" },
  ...files.map(({ name, text }): Asset => {
    const type = TYPES[name.replace(/^.*\./, "")] ?? "application/octet-stream";
    return { paths: [`/ui/${name}`], type, body: text, keep: "forever" };
  }),
];

/**
 * Its files are named from the root; the server puts its base path before them. Scripts that others import are named too, so
 * that all of them come at once.
 * @param later beginnings of names of parts that are needed there at once
 */
function page(later: readonly string[]): string {
  const entry = (ending: string): string =>
    files.find(({ name, is }) => is === "entry" && name.endsWith(ending))?.name ??
    files.find(({ name }) => name.startsWith("main-") && name.endsWith(ending))?.name ??
    "";
  const first = entry(".js");
  const parts = files.filter(({ name }) => later.some((begin) => name.startsWith(begin)));
  const needed = new Set([first, ...parts.map(({ name }) => name)].filter((name) => name.endsWith(".js")));
  for (const name of needed)
    for (const imported of importsOf(files.find((file) => file.name === name)?.text ?? ""))
      needed.add(imported);
  needed.delete(first);
  const links = [...needed].map((name) => `<link rel="modulepreload" href="/ui/${name}">\n`).join("");
  return String(html)
    .replace("/ui/main.js", `/ui/${first}`)
    .replace("/ui/main.css", `/ui/${entry(".css")}`)
    .replace("</head>", `${links}</head>`);
}

/** Of a script as the bundler writes it: what it cannot begin without. */
function importsOf(script: string): string[] {
  return [...script.matchAll(/(?:import|from) ?"\.\/([\w-]+\.js)"/g)].map(([, name = ""]) => name);
}
