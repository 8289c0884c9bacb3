import { showProblem } from "../core/model/problem.ts";
import { demand } from "./authorised/demand.ts";
import type { ApiContext } from "./context.ts";
import { METRICS_TYPES, metricsFormat } from "./metrics-format.ts";
import { may, type Routes } from "./routes.ts";
import { eitherOf, plain } from "./terms/terms.ts";

const HEALTHZ = {
  id: "healthz",
  says: "Whether it lives.",
  asks: "open",
  answers: plain("It does."),
} as const;
const READYZ = {
  id: "readyz",
  says: "Whether it looked at every application and can write.",
  asks: "open",
  answers: [plain("It did."), plain("Not yet, or not any more, and why.", { status: 503 })],
} as const;
const METRICS = {
  id: "metrics",
  says: "Metrics, as Prometheus' text or as OpenMetrics, where `Accept` asks for that; `metrics.token` opens it too.",
  asks: may("applications", "get"),
  answers: eitherOf(plain("All metrics."), plain("", { type: "application/openmetrics-text" })),
} as const;

/**
 * `/healthz` answers as long as the event loop turns; `/readyz` once every application was looked at, and while it can
 * write: what is wrong beside that is said in its text; `/metrics`.
 */
export function probeRoutes(routes: Routes, { control, metrics, troubles }: ApiContext): void {
  routes.get("/healthz", HEALTHZ, (c) => c.text("ok\n"));
  routes.get("/readyz", READYZ, (c) => {
    const all = troubles();
    // Where people are asked who they are, nobody hears of clusters and files before.
    const mayHear = c.env.who.may("applications", "get", "*/*");
    const said = mayHear ? all.map(({ problem }) => `${showProblem(problem)}\n`).join("") : "";
    if (all.some(({ stops }) => stops === "writing")) return c.text(said || "it writes to no cluster\n", 503);
    if (!control.ready(c.env.who)) return c.text(`not every application was looked at yet\n${said}`, 503);
    return c.text(`ok\n${said}`);
  });
  routes.get("/metrics", METRICS, async (c, who) => {
    demand(who, "applications", "get", "*/*");
    const format = metricsFormat(c.req.header("accept") ?? null);
    return c.body(await metrics(format), 200, { "content-type": METRICS_TYPES[format], vary: "accept" });
  });
}
