import { createHash } from "node:crypto";
import type {
  Delivery,
  Heard,
  Provider,
  ProviderName,
  Verdict,
  WebhookSecrets,
} from "../../core/webhooks/provider.ts";
import type { WebhookSettings } from "../../core/webhooks/settings.ts";
import { claimedBy, looksLikeOf } from "../../core/webhooks/whose.ts";
import type { AnnouncedBy } from "../../lib/push-allowance.ts";
import { withoutUserinfo } from "../../lib/url-userinfo.ts";
import { parseJson } from "../read-json.ts";
import type { Deliveries, SeenDelivery } from "./deliveries.ts";

export type Hearing =
  | { is: "heard"; heard: Heard; by: AnnouncedBy }
  | { is: "repeated" }
  | { is: "refused"; why: string };

interface Needs {
  settings: WebhookSettings;
  deliveries: Deliveries;
  /** Address of who sends it. */
  from: string;
}

/**
 * What a delivery says. Whose it is is found by its headers, and is asked to prove that before its body is read as anything;
 * where no header tells, the body does.
 * @throws {ApiError} 400 where the body is no JSON
 */
export function hear(delivery: Delivery, needs: Needs): Hearing {
  const claimed = claimedBy(delivery);
  if (claimed !== undefined) {
    const verdict = verify(claimed, delivery, needs.settings);
    if (verdict.is === "refused") return refuse(claimed.name, verdict.why, delivery, needs, claimed);
  }
  const payload = payloadOf(delivery, claimed?.name ?? "unknown", needs);
  const provider = claimed ?? looksLikeOf(payload);
  if (provider === undefined) {
    note(needs, {
      provider: "unknown",
      outcome: "ignored",
      why: "it names no repository that we could look at",
    });
    return { is: "heard", heard: { is: "ignored", why: "" }, by: "anybody" };
  }
  return read(provider, delivery, payload, needs);
}

function read(provider: Provider, delivery: Delivery, payload: unknown, needs: Needs): Hearing {
  const { settings, deliveries } = needs;
  const verdict = verify(provider, delivery, settings);
  const heard = provider.read(delivery, payload);
  if (verdict.is === "refused") return refuse(provider.name, verdict.why, delivery, needs, provider);
  if (verdict.is === "unsigned" && settings.unsigned === "refuse" && heard.is !== "ping")
    return refuse(
      provider.name,
      `unsigned deliveries are refused here: set webhooks.${provider.name} in the config, and the same secret there`,
      ...([delivery, needs, provider] as const),
    );
  const id = provider.id(delivery, payload) ?? "";
  const said = {
    ...{ provider: provider.name, event: provider.event(delivery, payload), id },
    ...{ about: aboutOf(heard), proof: verdict.is },
  };
  const key = `${provider.name} ${id} ${createHash("sha256").update(delivery.body).digest("hex")}`;
  // Only what is signed: whoever may send anything could say that it was heard.
  if (id !== "" && verdict.is === "genuine" && deliveries.hearsAgain(key) === "again") {
    note(needs, { ...said, outcome: "repeated", why: "this delivery was heard within the last ten minutes" });
    return { is: "repeated" };
  }
  const why = whyNothing(heard);
  note(needs, { ...said, outcome: why === "" ? "looking" : "ignored", why });
  return { is: "heard", heard, by: verdict.is === "genuine" ? "known" : "anybody" };
}

function verify(provider: Provider, delivery: Delivery, { secrets }: WebhookSettings): Verdict {
  const own: WebhookSecrets = secrets[provider.name] ?? {};
  return provider.verify(delivery, own);
}

function refuse(
  name: ProviderName,
  why: string,
  delivery: Delivery,
  needs: Needs,
  provider: Provider,
): Hearing {
  // Of a body that nobody vouches for only what a header says is shown.
  note(needs, { provider: name, event: provider.event(delivery, undefined), outcome: "refused", why });
  return { is: "refused", why };
}

/** GitHub's usual way is a form with the JSON as a field; what is signed is the whole of it. */
function payloadOf(delivery: Delivery, provider: SeenDelivery["provider"], needs: Needs): unknown {
  const type = delivery.header("content-type") ?? "";
  const isForm = /^application\/x-www-form-urlencoded\s*(;|$)/i.test(type);
  try {
    return parseJson("the body", () => {
      const text = new TextDecoder("utf-8", { fatal: true }).decode(delivery.body);
      if (text === "") return "{}";
      return isForm ? (new URLSearchParams(text).get("payload") ?? "") : text;
    });
  } catch (cause) {
    note(needs, {
      provider,
      outcome: "unreadable",
      why: isForm ? "its field payload is no JSON" : "it is no JSON",
    });
    throw cause;
  }
}

function whyNothing(heard: Heard): string {
  switch (heard.is) {
    case "ignored":
      return heard.why;
    case "ping":
      return "it asks whether we answer: we do";
    case "pushes":
      return heard.pushes.some(({ urls }) => urls.length > 0) ? "" : "it names no repository";
    case "images":
      return "";
    default:
      return heard.urls.length > 0 ? "" : "it names no repository";
  }
}

function aboutOf(heard: Heard): string {
  switch (heard.is) {
    case "images": {
      const [{ registry, repository, tag } = { registry: "", repository: "", tag: "" }] = heard.images;
      return `${registry}/${repository}${tag === "" ? "" : `:${tag}`}`;
    }
    case "pushes":
      return withoutUserinfo(heard.pushes[0]?.urls[0] ?? "");
    case "pull-request":
    case "repository":
      return withoutUserinfo(heard.urls[0] ?? "");
    default:
      return "";
  }
}

function note(
  { deliveries, from }: Needs,
  said: Pick<SeenDelivery, "provider" | "outcome" | "why"> & Partial<SeenDelivery>,
): void {
  deliveries.note({ event: "", id: "", about: "", proof: "none", from, ...said });
}
