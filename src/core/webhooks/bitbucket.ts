/** https://support.atlassian.com/bitbucket-cloud/docs/event-payloads/ */
import { at, listAt, textAt, urlsOf } from "./payload.ts";
import { all, bySignature, byWord } from "./proofs.ts";
import type { Heard, Provider, Push } from "./provider.ts";

const NAME_CAP = 200;

export const BITBUCKET: Provider = {
  name: "bitbucket",
  claims: ({ header }) => header("x-hook-uuid") !== undefined,
  looksLike: () => false,
  verify: ({ header, body }, { secret, uuid }) =>
    all(
      bySignature(secret, body, header("x-hub-signature"), "X-Hub-Signature"),
      byWord(uuid, header("x-hook-uuid"), "X-Hook-UUID"),
    ),
  event: ({ header }) => header("x-event-key") ?? "",
  id: ({ header }) => header("x-request-uuid"),
  read: ({ header }, payload) => heard(header("x-event-key") ?? "", payload),
};

function heard(event: string, payload: unknown): Heard {
  const urls = repositoryUrls(at(payload, "repository"));
  if (event === "repo:push")
    return { is: "pushes", pushes: listAt(payload, "push", "changes").map((change) => pushed(urls, change)) };
  if (event.startsWith("pullrequest:")) return { is: "pull-request", urls };
  if (event === "repo:updated" || event === "repo:transfer" || event === "repo:imported")
    return { is: "repository", urls };
  return { is: "ignored", why: "this event says nothing that applications are made of" };
}

/** Names are short here: a branch that is named `refs/heads/x` is just that. The default branch is not said. */
function pushed(urls: readonly string[], change: unknown): Push {
  // What is deleted has no `new`.
  const side = at(change, "new") ?? at(change, "old");
  const isTag = textAt(side, "type") === "tag";
  return { urls, ref: textAt(side, "name"), head: isTag ? "is not" : "not said" };
}

function repositoryUrls(repository: unknown): string[] {
  const page = at(repository, "links", "html", "href");
  const name = textAt(repository, "full_name");
  // It gives no address to clone from; the page's is the same place.
  const place =
    /^[\w.-]+\/[\w.-]+$/.test(name) && name.length <= NAME_CAP ? `https://bitbucket.org/${name}` : "";
  const clones = listAt(repository, "links", "clone").map((link) => at(link, "href"));
  return urlsOf(page, place, ...clones);
}
