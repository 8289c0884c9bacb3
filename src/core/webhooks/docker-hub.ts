/** https://docs.docker.com/docker-hub/repos/manage/webhooks/: it signs nothing, and its address is all that can be set. */
import { at, textAt } from "./payload.ts";
import { byWord } from "./proofs.ts";
import type { Heard, Provider } from "./provider.ts";

export const DOCKER_HUB: Provider = {
  name: "dockerHub",
  claims: () => false,
  looksLike: (payload) =>
    at(payload, "push_data") !== undefined && at(payload, "repository", "repo_name") !== undefined,
  verify: ({ query }, { secret }) => byWord(secret, query("secret"), "?secret= of the address"),
  event: () => "push",
  id: () => undefined,
  read: (_, payload) => heard(payload),
};

function heard(payload: unknown): Heard {
  const repository = textAt(payload, "repository", "repo_name").toLowerCase();
  if (repository === "") return { is: "ignored", why: "it names no repository" };
  const tag = textAt(payload, "push_data", "tag");
  return { is: "images", images: [{ registry: "docker.io", repository, tag }] };
}
