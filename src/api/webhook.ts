import type { ApiContext } from "./context.ts";
import { pushHint } from "./push-hint.ts";
import type { Routes } from "./routes.ts";
import { json } from "./terms/terms.ts";
import { anything, text, told } from "./terms/wire.ts";

const WEBHOOK = {
  id: "receivePush",
  says: "A Git server says that something was pushed; in whatever form, a hint that makes us look sooner.",
  asks: "open",
  body: anything("The push as GitHub, GitLab, Gitea, Bitbucket or Azure DevOps send it."),
  answers: json(told({ message: text() }), { status: 202, says: "It was heard." }),
} as const;

/**
 * `/api/webhook`: a Git server says that something was pushed. Open even where a token is set, since it only makes
 * us look sooner: the answer is the same whether any application follows the repository or not.
 */
export function webhookRoutes(routes: Routes, { onPush, log }: ApiContext): void {
  routes.post("/api/webhook", WEBHOOK, (c, _, { body }) => {
    const hint = pushHint(body);
    if (hint === undefined) {
      log.debug("webhook without a repository", { bytes: c.req.header("content-length") });
      return c.json({ message: "nothing to look at" }, 202);
    }
    onPush(hint.urls, hint.ref);
    return c.json({ message: "looking" }, 202);
  });
}
