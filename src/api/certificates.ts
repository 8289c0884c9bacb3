import { shownCertificates } from "../core/argocd/shown-certificates.ts";
import { ANYWHERE, matchesGlob } from "../lib/glob.ts";
import { ApiError } from "./api-error.ts";
import type { ApiContext } from "./context.ts";
import { may, type Routes } from "./routes.ts";
import { listed } from "./terms/answers.ts";
import { json } from "./terms/terms.ts";
import { choice, optional, text, told } from "./terms/wire.ts";

const PATH = "/api/v1/certificates";
const LIST = {
  id: "listCertificates",
  says: "By what servers of repositories prove themselves: keys of ssh hosts, and authorities.",
  asks: may("certificates", "get"),
  query: {
    hostNamePattern: optional(text({ most: 253, says: "Of the host, with `*`." })),
    certType: optional(text({ says: "`ssh` or `https`; `*` for both." })),
    certSubType: optional(text({ says: "Such as `ssh-ed25519`; `*` for all." })),
  },
  answers: json(
    listed(
      told({
        serverName: text(),
        certType: choice(["ssh", "https"]),
        certSubType: text(),
        certData: text({ says: "The key or the certificate in base64; neither is secret." }),
        certInfo: text({ says: "Fingerprint of a key, or whose a certificate is." }),
      }),
    ),
  ),
} as const;

/** `/api/v1/certificates`, as Argo CD lists them. They are read where they are written, and written nowhere else. */
export function certificateRoutes(routes: Routes, { settings }: ApiContext): void {
  routes.get(PATH, LIST, (c, who, { query }) => {
    const { hostNamePattern = "*", certType = "*", certSubType = "*" } = query;
    const maySee = who.filter("certificates", "get");
    const items = shownCertificates(settings().trust).filter(
      (one) =>
        matchesGlob(hostNamePattern, one.serverName, ANYWHERE) &&
        [one.certType, "*"].includes(certType) &&
        [one.certSubType, "*"].includes(certSubType) &&
        maySee(one.serverName),
    );
    return c.json({ metadata: {}, items });
  });

  routes.unserved(
    PATH,
    (c) =>
      new ApiError(
        "FailedPrecondition",
        `${c.req.method} ${c.req.path}: certificates are not written here: write sshKnownHosts or ca of an entry of repositories in the daemon's config, or where the home is a cluster the ConfigMaps argocd-ssh-known-hosts-cm and argocd-tls-certs-cm`,
      ),
  );
}
