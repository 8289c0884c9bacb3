import type { ApiContext } from "./context.ts";
import { pushHint } from "./push-hint.ts";
import { readJson } from "./read-json.ts";
import type { Routes } from "./routes.ts";

/**
 * `/api/webhook`: a Git server says that something was pushed. Open even where a token is set, since it only makes
 * us look sooner: the answer is the same whether any application follows the repository or not.
 */
export function webhookRoutes(routes: Routes, { onPush, log }: ApiContext): void {
  routes.post("/api/webhook", "open", async (c) => {
    const hint = pushHint(await readJson(c.req.raw));
    if (hint === undefined) {
      log.debug("webhook without a repository", { bytes: c.req.header("content-length") });
      return c.json({ message: "nothing to look at" }, 202);
    }
    onPush(hint.urls, hint.ref);
    return c.json({ message: "looking" }, 202);
  });
}
