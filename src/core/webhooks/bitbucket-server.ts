/** https://confluence.atlassian.com/bitbucketserver/event-payload-938025882.html */
import { at, listAt, pushOf, textAt, urlsOf } from "./payload.ts";
import { bySignature } from "./proofs.ts";
import type { Heard, Provider } from "./provider.ts";

const EVENT = "x-event-key";

export const BITBUCKET_SERVER: Provider = {
  name: "bitbucketServer",
  claims: ({ header }) => header(EVENT) !== undefined,
  looksLike: () => false,
  // Its own trial of the connection is not signed, and asks for nothing.
  verify: ({ header, body }, { secret }) =>
    header(EVENT) === "diagnostics:ping"
      ? { is: "unsigned" }
      : bySignature(secret, body, header("x-hub-signature"), "X-Hub-Signature"),
  event: ({ header }) => header(EVENT) ?? "",
  id: ({ header }) => header("x-request-id"),
  read: ({ header }, payload) => heard(header(EVENT) ?? "", payload),
};

function heard(event: string, payload: unknown): Heard {
  switch (event) {
    case "diagnostics:ping":
      return { is: "ping" };
    case "repo:refs_changed":
    case "mirror:repo_synchronized": {
      const urls = repositoryUrls(at(payload, "repository"));
      const pushes = listAt(payload, "changes").map((change) =>
        pushOf(urls, textAt(change, "ref", "id") || textAt(change, "refId"), ""),
      );
      return { is: "pushes", pushes };
    }
    case "repo:modified":
      return { is: "repository", urls: repositoryUrls(at(payload, "new")) };
    default:
      if (event.startsWith("pr:"))
        return {
          is: "pull-request",
          urls: repositoryUrls(at(payload, "pullRequest", "toRef", "repository")),
        };
      return { is: "ignored", why: "this event says nothing that applications are made of" };
  }
}

function repositoryUrls(repository: unknown): string[] {
  const links = [...listAt(repository, "links", "clone"), ...listAt(repository, "links", "self")];
  return urlsOf(...links.map((link) => at(link, "href")));
}
