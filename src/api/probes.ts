import { showProblem } from "../core/model/problem.ts";
import type { ApiContext, Router } from "./context.ts";

/**
 * `/healthz` answers as long as the event loop turns; `/readyz` once every application was looked at, and while it can
 * write: what is wrong beside that is said in its text; `/metrics`.
 */
export function probeRoutes(router: Router, { control, metrics, troubles }: ApiContext): void {
  router.get("/healthz", (c) => c.text("ok\n"));
  router.get("/readyz", (c) => {
    const all = troubles();
    const said = all.map(({ problem }) => `${showProblem(problem)}\n`).join("");
    if (all.some(({ stops }) => stops === "writing")) return c.text(said, 503);
    if (!control.ready()) return c.text(`not every application was looked at yet\n${said}`, 503);
    return c.text(`ok\n${said}`);
  });
  router.get("/metrics", async (c) =>
    c.body(await metrics(), 200, { "content-type": "text/plain; version=0.0.4; charset=utf-8" }),
  );
}
