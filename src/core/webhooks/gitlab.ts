/** https://docs.gitlab.com/user/project/integrations/webhook_events/ and …/administration/system_hooks/ */
import { at, pushOf, textAt, urlsOf } from "./payload.ts";
import { byWord } from "./proofs.ts";
import type { Heard, Provider } from "./provider.ts";

export const GITLAB: Provider = {
  name: "gitlab",
  claims: ({ header }) => header("x-gitlab-event") !== undefined,
  looksLike: () => false,
  verify: ({ header }, { secret }) => byWord(secret, header("x-gitlab-token"), "X-Gitlab-Token"),
  event: ({ header }, payload) =>
    textAt(payload, "object_kind") || textAt(payload, "event_name") || (header("x-gitlab-event") ?? ""),
  // The first is newer. `X-Gitlab-Webhook-UUID` is the hook's, the same at each delivery.
  id: ({ header }) => header("idempotency-key") ?? header("x-gitlab-event-uuid"),
  read: (_, payload) => heard(payload),
};

function heard(payload: unknown): Heard {
  const kind = textAt(payload, "object_kind") || textAt(payload, "event_name");
  const urls = urlsIn(payload);
  const main = textAt(payload, "project", "default_branch");
  switch (kind) {
    case "push":
    case "tag_push":
    // A payload that says no kind at all may still say where it is from.
    case "":
      return { is: "pushes", pushes: [pushOf(urls, textAt(payload, "ref"), main)] };
    case "repository_update":
      return { is: "pushes", pushes: [{ urls, ref: "", head: "not said" }] };
    case "merge_request":
      return { is: "pull-request", urls };
    case "project_create":
    case "project_destroy":
    case "project_rename":
    case "project_transfer":
    case "project_update":
      return { is: "repository", urls };
    default:
      return { is: "ignored", why: "this event says nothing that applications are made of" };
  }
}

function urlsIn(payload: unknown): string[] {
  const fields = ["web_url", "git_http_url", "git_ssh_url", "http_url", "ssh_url", "url", "homepage"];
  return urlsOf(
    ...["project", "repository"].flatMap((place) => fields.map((field) => at(payload, place, field))),
    at(payload, "object_attributes", "target", "web_url"),
  );
}
