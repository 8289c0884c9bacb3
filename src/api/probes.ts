import type { ApiContext, Router } from "./context.ts";

/** `/healthz` answers as long as the event loop turns; `/readyz` once every application was looked at; `/metrics`. */
export function probeRoutes(router: Router, { control, metrics }: ApiContext): void {
  router.get("/healthz", (c) => c.text("ok\n"));
  router.get("/readyz", (c) =>
    control.ready() ? c.text("ok\n") : c.text("not every application was looked at yet\n", 503),
  );
  router.get("/metrics", async (c) =>
    c.body(await metrics(), 200, { "content-type": "text/plain; version=0.0.4; charset=utf-8" }),
  );
}
