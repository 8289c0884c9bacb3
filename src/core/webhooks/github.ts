/** https://docs.github.com/en/webhooks/webhook-events-and-payloads */
import { at, pushOf, textAt, urlsOf } from "./payload.ts";
import { bySignature } from "./proofs.ts";
import type { Delivery, Heard, Provider } from "./provider.ts";

const EVENT = "x-github-event";
const SIGNATURE = "x-hub-signature-256";

export const GITHUB: Provider = {
  name: "github",
  claims: ({ header }) => header(EVENT) !== undefined,
  looksLike: () => false,
  verify: ({ header, body }, { secret }) =>
    bySignature(secret, body, header(SIGNATURE), "X-Hub-Signature-256"),
  event: ({ header }) => header(EVENT) ?? "",
  id: ({ header }) => header("x-github-delivery"),
  read: (delivery, payload) => heard(delivery, payload),
};

function heard({ header }: Delivery, payload: unknown): Heard {
  const event = header(EVENT) ?? "";
  const urls = repositoryUrls(at(payload, "repository"));
  switch (event) {
    case "ping":
      return { is: "ping" };
    case "push":
      return {
        is: "pushes",
        pushes: [pushOf(urls, textAt(payload, "ref"), textAt(payload, "repository", "default_branch"))],
      };
    case "pull_request":
    case "pull_request_target":
      return { is: "pull-request", urls };
    case "repository":
      return { is: "repository", urls };
    case "package":
    case "registry_package":
      return imagePushed(payload);
    default:
      return { is: "ignored", why: "this event says nothing that applications are made of" };
  }
}

function repositoryUrls(repository: unknown): string[] {
  // `url` of a push is the page's, of everything else the API's, which is nobody's repository.
  return urlsOf(
    ...["clone_url", "html_url", "ssh_url", "git_url", "svn_url", "url"].map((field) =>
      at(repository, field),
    ),
  );
}

/** A container of ghcr.io. Of other registries of GitHub nothing is deployed. */
function imagePushed(payload: unknown): Heard {
  const found = at(payload, "package") ?? at(payload, "registry_package");
  const type = textAt(found, "package_type") || textAt(found, "ecosystem");
  if (type.toLowerCase() !== "container") return { is: "ignored", why: "the package is no container" };
  const action = textAt(payload, "action");
  if (action !== "published" && action !== "updated") return { is: "ignored", why: "nothing was published" };
  const owner = textAt(found, "owner", "login") || textAt(found, "namespace");
  const name = textAt(found, "name");
  if (owner === "" || name === "") return { is: "ignored", why: "it names no package" };
  const tag = textAt(found, "package_version", "container_metadata", "tag", "name");
  const image = { registry: "ghcr.io", repository: `${owner}/${name}`.toLowerCase(), tag };
  return { is: "images", images: [image] };
}
