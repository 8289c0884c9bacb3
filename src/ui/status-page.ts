import icon from "./page/icon.svg" with { type: "text" };
import html from "./page/index.html" with { type: "text" };
import css from "./page/page.css" with { type: "text" };
import { transpilePage } from "./transpile-page.ts" with { type: "macro" };

interface Asset {
  path: string;
  type: string;
  body: string;
}

/** The files of the status page, all within the program. */
export const statusPage: readonly Asset[] = [
  // Bun types an imported page as its own bundle; as text it is one.
  { path: "/", type: "text/html; charset=utf-8", body: String(html) },
  { path: "/ui/page.css", type: "text/css; charset=utf-8", body: css },
  { path: "/ui/icon.svg", type: "image/svg+xml", body: icon },
  ...Object.entries(transpilePage()).map(([path, body]) => ({
    path,
    type: "text/javascript; charset=utf-8",
    body,
  })),
];
