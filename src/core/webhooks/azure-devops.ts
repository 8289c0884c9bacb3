/** https://learn.microsoft.com/en-us/azure/devops/service-hooks/events */
import { at, listAt, pushOf, textAt, urlsOf } from "./payload.ts";
import { byBasic } from "./proofs.ts";
import type { Heard, Provider } from "./provider.ts";

export const AZURE_DEVOPS: Provider = {
  name: "azureDevOps",
  claims: ({ header }) => header("x-vss-activityid") !== undefined,
  looksLike: (payload) => textAt(payload, "publisherId") === "tfs",
  verify: ({ header }, { username, password }) => byBasic(username, password, header("authorization")),
  event: (_, payload) => textAt(payload, "eventType"),
  id: (_, payload) => textAt(payload, "id") || undefined,
  read: (_, payload) => heard(payload),
};

function heard(payload: unknown): Heard {
  const event = textAt(payload, "eventType");
  const resource = at(payload, "resource");
  const repository = at(resource, "repository");
  const urls = urlsOf(...["remoteUrl", "sshUrl", "webUrl", "url"].map((field) => at(repository, field)));
  if (event === "git.push") {
    const main = textAt(repository, "defaultBranch");
    const pushes = listAt(resource, "refUpdates").map((update) => pushOf(urls, textAt(update, "name"), main));
    return { is: "pushes", pushes };
  }
  if (event.startsWith("git.pullrequest.")) return { is: "pull-request", urls };
  if (event.startsWith("git.repo.")) return { is: "repository", urls };
  return { is: "ignored", why: "this event says nothing that applications are made of" };
}
