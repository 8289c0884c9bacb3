/** https://goharbor.io/docs/main/working-with-projects/project-configuration/configure-webhooks/ */
import { parseImage } from "./image-place.ts";
import { at, listAt, textAt } from "./payload.ts";
import { byWord } from "./proofs.ts";
import type { Heard, ImagePush, Provider } from "./provider.ts";

/** Of its older form, and of CloudEvents. */
const PUSHED = ["PUSH_ARTIFACT", "harbor.artifact.pushed"];
const KINDS = /^(?:PUSH|PULL|DELETE|SCANNING|TAG|QUOTA|REPLICATION|UPLOAD|DOWNLOAD)_?[A-Z_]*$|^harbor\./;

export const HARBOR: Provider = {
  name: "harbor",
  claims: () => false,
  looksLike: (payload) =>
    KINDS.test(textAt(payload, "type")) && (at(payload, "event_data") ?? at(payload, "data")) !== undefined,
  verify: ({ header }, { secret }) => byWord(secret, header("authorization"), "Authorization"),
  event: (_, payload) => textAt(payload, "type"),
  // Only a CloudEvent has one.
  id: (_, payload) => textAt(payload, "id") || undefined,
  read: (_, payload) => heard(payload),
};

function heard(payload: unknown): Heard {
  if (!PUSHED.includes(textAt(payload, "type"))) return { is: "ignored", why: "nothing was pushed" };
  const data = at(payload, "event_data") ?? at(payload, "data");
  const repository = at(data, "repository");
  const full =
    textAt(repository, "repo_full_name") ||
    [textAt(repository, "namespace"), textAt(repository, "name")].filter((one) => one !== "").join("/");
  const images = listAt(data, "resources").flatMap((resource): ImagePush[] => {
    const found = parseImage(textAt(resource, "resource_url"));
    if (found === undefined) return [];
    return [
      {
        ...found,
        repository: full.toLowerCase() || found.repository,
        tag: textAt(resource, "tag") || found.tag,
      },
    ];
  });
  return images.length === 0 ? { is: "ignored", why: "it names no artefact" } : { is: "images", images };
}
