/** Gitea, Forgejo and Gogs: https://docs.gitea.com/usage/webhooks, https://gogs.io/docs/features/webhook */
import { at, pushOf, textAt, urlsOf } from "./payload.ts";
import { bySignature } from "./proofs.ts";
import type { Delivery, Heard, Provider } from "./provider.ts";

const MAKERS = ["forgejo", "gitea", "gogs"];

export const GITEA: Provider = {
  name: "gitea",
  claims: (delivery) => of(delivery, "event") !== undefined,
  looksLike: () => false,
  verify: (delivery, { secret }) =>
    bySignature(secret, delivery.body, of(delivery, "signature"), "X-Gitea-Signature"),
  event: (delivery) => of(delivery, "event") ?? "",
  id: (delivery) => of(delivery, "delivery"),
  read: (delivery, payload) => heard(of(delivery, "event") ?? "", payload),
};

/** Each of them sends the older names along, and GitHub's too. */
function of({ header }: Delivery, what: string): string | undefined {
  return MAKERS.map((maker) => header(`x-${maker}-${what}`)).find(
    (found) => found !== undefined && found !== "",
  );
}

function heard(event: string, payload: unknown): Heard {
  const repository = at(payload, "repository");
  const urls = urlsOf(...["clone_url", "html_url", "ssh_url", "url"].map((field) => at(repository, field)));
  const main = textAt(repository, "default_branch");
  switch (event) {
    case "push":
      return { is: "pushes", pushes: [pushOf(urls, textAt(payload, "ref"), main)] };
    case "pull_request":
    case "pull_request_sync":
    case "pull_request_label":
      return { is: "pull-request", urls };
    case "repository":
      return { is: "repository", urls };
    case "package":
      return imagePushed(payload);
    default:
      return { is: "ignored", why: "this event says nothing that applications are made of" };
  }
}

/** Of its own registry of containers. */
function imagePushed(payload: unknown): Heard {
  const found = at(payload, "package");
  if (textAt(found, "type") !== "container") return { is: "ignored", why: "the package is no container" };
  if (textAt(payload, "action") !== "created") return { is: "ignored", why: "nothing was published" };
  const host = hostOf(textAt(found, "html_url"));
  const owner = textAt(found, "owner", "login") || textAt(found, "owner", "username");
  const name = textAt(found, "name");
  if (host === "" || owner === "" || name === "") return { is: "ignored", why: "it names no package" };
  const image = {
    registry: host,
    repository: `${owner}/${name}`.toLowerCase(),
    tag: textAt(found, "version"),
  };
  return { is: "images", images: [image] };
}

function hostOf(url: string): string {
  return /^https?:\/\/([^/@?#\s]+)\//i.exec(url)?.[1]?.toLowerCase() ?? "";
}
