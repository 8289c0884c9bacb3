/** Whatever names a repository where the known providers do: a hook of one's own, or a provider that we do not know. */
import { at, listAt, pushOf, textAt, urlsOf } from "./payload.ts";
import { bySignature } from "./proofs.ts";
import type { Heard, Provider } from "./provider.ts";

const PLACES = [["repository"], ["project"], ["resource", "repository"], ["push", "repository"]] as const;
const FIELDS = [
  ...["clone_url", "ssh_url", "git_url", "html_url", "url"],
  ...["git_http_url", "git_ssh_url", "http_url", "web_url", "homepage"],
  ...["remoteUrl", "sshUrl", "webUrl"],
];

export const GENERIC: Provider = {
  name: "generic",
  claims: () => false,
  looksLike: (payload) => urlsIn(payload).length > 0,
  verify: ({ header, body }, { secret }) =>
    bySignature(secret, body, header("x-hub-signature-256"), "X-Hub-Signature-256"),
  event: () => "push",
  id: () => undefined,
  read: (_, payload): Heard => {
    const main = textAt(payload, "repository", "default_branch");
    return { is: "pushes", pushes: [pushOf(urlsIn(payload), textAt(payload, "ref"), main)] };
  },
};

function urlsIn(payload: unknown): string[] {
  return urlsOf(
    ...PLACES.flatMap((place) => [
      ...FIELDS.map((field) => at(payload, ...place, field)),
      at(payload, ...place, "links", "html", "href"),
      ...listAt(payload, ...place, "links", "clone").map((link) => at(link, "href")),
    ]),
  );
}
