/** https://docs.quay.io/guides/notifications.html: it signs nothing, and its address is all that can be set. */
import { parseImage } from "./image-place.ts";
import { at, listAt, textAt } from "./payload.ts";
import { byWord } from "./proofs.ts";
import type { Heard, Provider } from "./provider.ts";

export const QUAY: Provider = {
  name: "quay",
  claims: () => false,
  looksLike: (payload) => at(payload, "docker_url") !== undefined && at(payload, "namespace") !== undefined,
  verify: ({ query }, { secret }) => byWord(secret, query("secret"), "?secret= of the address"),
  event: () => "repo_push",
  id: () => undefined,
  read: (_, payload) => heard(payload),
};

function heard(payload: unknown): Heard {
  const place = parseImage(textAt(payload, "docker_url"));
  if (place === undefined) return { is: "ignored", why: "it names no repository" };
  const tags = listAt(payload, "updated_tags").filter((tag): tag is string => typeof tag === "string");
  if (tags.length === 0) return { is: "ignored", why: "no tag was pushed" };
  return { is: "images", images: tags.map((tag) => ({ ...place, tag: tag.slice(0, 128) })) };
}
