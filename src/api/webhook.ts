import { PROVIDER_NAMES } from "../core/webhooks/provider.ts";
import { timestamp } from "../lib/timestamp.ts";
import { ApiError } from "./api-error.ts";
import { demand } from "./authorised/demand.ts";
import type { ApiContext } from "./context.ts";
import { readCapped } from "./read-json.ts";
import { may, type Routes } from "./routes.ts";
import { json } from "./terms/terms.ts";
import { anything, choice, flag, list, optional, text, told, whole } from "./terms/wire.ts";
import { OUTCOMES } from "./webhooks/deliveries.ts";
import { hear } from "./webhooks/hear.ts";

export const WEBHOOK_PATH = "/api/webhook";
/** Bodies that are read at once: each may be as large as is taken, and come as slowly. */
const MOST_AT_ONCE = 256;

const WEBHOOK = {
  id: "receivePush",
  says: "A Git server or registry says that something was pushed; in whatever form, a hint that makes us look sooner.",
  asks: "open",
  query: {
    secret: optional(text({ says: "Of providers that sign nothing: Docker Hub and Quay." })),
  },
  body: anything(
    "The event as GitHub, GitLab, Bitbucket, Azure DevOps, Gitea, GHCR, Docker Hub, Harbor or Quay sends it.",
  ),
  sent: "raw",
  answers: json(told({ message: text() }), { status: 202, says: "It was heard." }),
} as const;

const LIST = {
  id: "listWebhooks",
  says: "Which providers of webhooks prove themselves by a secret, and what came lately; never what was in it.",
  asks: may("repositories", "get"),
  answers: json(
    told({
      path: text({ says: "Where deliveries are taken, below the address of the server." }),
      url: optional(text({ says: "The whole address, where the config says the server's." })),
      maxPayloadBytes: whole({}),
      unsigned: choice(["hint", "refuse"]),
      providers: list(told({ name: choice(PROVIDER_NAMES), hasSecret: flag() })),
      deliveries: list(
        told({
          at: text({ says: "RFC 3339." }),
          provider: choice([...PROVIDER_NAMES, "unknown"]),
          event: text({ says: "As the provider calls it." }),
          id: text({ says: "As the provider numbers it; empty where it does not." }),
          about: text({ says: "The repository or image that it names." }),
          outcome: choice(OUTCOMES),
          why: text({ says: "Of everything but `looking`." }),
          proof: choice(["genuine", "unsigned", "none"]),
          from: text({ says: "The address that sent it." }),
        }),
      ),
    }),
  ),
} as const;

/**
 * `/api/webhook`: a Git server or a registry says that something was pushed. Open even where a token is set, since it only
 * makes us look sooner: the answer is the same whether any application follows the repository or not. Where a provider has
 * a secret here, what does not prove itself by it is refused and is no hint.
 */
export function webhookRoutes(routes: Routes, context: ApiContext): void {
  const { onHeard, webhooks, deliveries, handlingWebhook, settings, basePath, arrivalOf } = context;
  let atOnce = 0;

  routes.post(WEBHOOK_PATH, WEBHOOK, async (c) => {
    if (atOnce >= MOST_AT_ONCE)
      return c.json({ message: "too many deliveries at once: send it again" }, 503, { "retry-after": "10" });
    atOnce++;
    const handled = handlingWebhook();
    try {
      const own = webhooks();
      const body = await readCapped(c.req.raw, own.maxBytes);
      const hearing = hear(
        { header: (name) => c.req.header(name), query: (name) => c.req.query(name), body },
        { settings: own, deliveries, from: arrivalOf(c.req.raw, c.env.server).address },
      );
      switch (hearing.is) {
        case "refused":
          throw new ApiError("Unauthenticated", `the delivery is refused: ${hearing.why}`);
        case "repeated":
          return c.json({ message: "heard before" }, 202);
        default:
          onHeard(hearing.heard, hearing.by);
          return c.json({ message: sayOf(hearing.heard.is) }, 202);
      }
    } finally {
      handled();
      atOnce--;
    }
  });

  routes.get("/api/holdfast/v1/webhooks", LIST, (c, who) => {
    demand(who, "repositories", "get", "*");
    const { maxBytes, unsigned, secrets } = webhooks();
    const { url } = settings();
    return c.json({
      path: `${basePath}${WEBHOOK_PATH}`,
      ...(url === undefined ? {} : { url: `${url}${WEBHOOK_PATH}` }),
      ...{ maxPayloadBytes: maxBytes, unsigned },
      providers: PROVIDER_NAMES.map((name) => ({
        name,
        hasSecret: Object.values(secrets[name] ?? {}).some((secret) => secret !== undefined),
      })),
      deliveries: deliveries.all().map((each) => ({ ...each, at: timestamp(each.at) })),
    });
  });
}

function sayOf(heard: "ignored" | "ping" | string): string {
  if (heard === "ignored") return "nothing to look at";
  return heard === "ping" ? "we answer" : "looking";
}
