/** `/api/v1/certificates`, as Argo CD serves them: by what servers of repositories prove themselves. */

import { type ShownCertificate, shownCertificates } from "../core/argocd/shown-certificates.ts";
import type { KeptTrust, WantedCertificate } from "../core/model/trusted-certificate.ts";
import { ANYWHERE, matchesGlob } from "../lib/glob.ts";
import { hostKeysIn } from "../lib/known-hosts.ts";
import { ApiError } from "./api-error.ts";
import type { AuthorisedCertificates } from "./authorised/authorised.ts";
import type { ApiContext } from "./context.ts";
import { may, type Routes } from "./routes.ts";
import { listed } from "./terms/answers.ts";
import { json } from "./terms/terms.ts";
import { choice, fields, flag, list, optional, text, told } from "./terms/wire.ts";

const PATH = "/api/v1/certificates";
/** A bundle of a machine's authorities has some 150. */
const MOST = 1_000;
const CERTIFICATES = json(
  listed(
    told({
      serverName: text(),
      certType: choice(["ssh", "https"]),
      certSubType: text({ says: "`ssh-ed25519`; of a certificate the type of its key." }),
      certData: text({ says: "The key or the certificate in base64; neither is secret." }),
      certInfo: text({ says: "Fingerprint of a key, or whose a certificate is." }),
      holdfast: told({ keptIn: text({ says: "`config`, `data`, or the ConfigMap." }) }),
    }),
  ),
);
const CHOSEN = {
  hostNamePattern: optional(text({ most: 253, says: "Of the host, with `*`." })),
  certType: optional(text({ says: "`ssh` or `https`; `*` for both." })),
  certSubType: optional(text({ says: "Such as `ssh-ed25519`; `*` for all." })),
};
const LIST = {
  id: "listCertificates",
  says: "By what servers of repositories prove themselves: keys of ssh hosts, and authorities.",
  asks: may("certificates", "get"),
  query: CHOSEN,
  answers: CERTIFICATES,
} as const;
const CREATE = {
  id: "createCertificates",
  says: "Adds keys of ssh hosts and certificates, all or none; what is there as it is wanted stays.",
  asks: may("certificates", "create"),
  query: { upsert: optional(flag("They take the place of others of their hosts.")) },
  body: fields(
    {
      items: list(
        fields(
          {
            serverName: text({ says: "The host; of a certificate without a port.", most: 270 }),
            certType: choice(["ssh", "https"]),
            certSubType: optional(text({ says: "Of a key: `ssh-ed25519`." })),
            certData: text({ says: "The key as a known_hosts file has it, or PEM; in base64." }),
            certInfo: optional(text({ says: "Ignored." })),
          },
          { unknown: "ignore" },
        ),
        { least: 1 },
      ),
    },
    { unknown: "ignore" },
  ),
  answers: CERTIFICATES,
} as const;
const DELETE = {
  id: "deleteCertificates",
  says: "Removes those that were added, and answers which they were. What an entry of the config says stays.",
  asks: may("certificates", "delete"),
  query: CHOSEN,
  answers: CERTIFICATES,
} as const;

interface Chosen {
  hostNamePattern?: string | undefined;
  certType?: string | undefined;
  certSubType?: string | undefined;
}

export function certificateRoutes(routes: Routes, { settings, certificates }: ApiContext): void {
  const desk = (): AuthorisedCertificates => {
    if (certificates !== undefined) return certificates;
    throw new ApiError("Unimplemented", "certificates are not kept here: they stand in the daemon's config");
  };
  const reply = (items: readonly (ShownCertificate & { holdfast: { keptIn: string } })[]) => ({
    metadata: {},
    items,
  });

  routes.get(PATH, LIST, (c, who, { query }) => {
    const takes = chosenBy(query);
    const maySee = who.filter("certificates", "get");
    const kept = certificates === undefined ? [] : shownOf(certificates.kept(who), certificates.keptIn);
    const known = new Set(kept.map(idOf));
    const ofEntries = shownCertificates(settings().trust)
      .filter((one) => maySee(one.serverName) && !known.has(idOf(one)))
      .map((one) => ({ ...one, holdfast: { keptIn: "config" } }));
    const all = [...kept, ...ofEntries].sort((a, b) => (idOf(a) < idOf(b) ? -1 : 1));
    return c.json(reply(all.filter(takes)));
  });

  routes.post(PATH, CREATE, async (c, who, { query, body }) => {
    if (body.items.length > MOST)
      throw new ApiError(
        "InvalidArgument",
        `body.items: has more than ${MOST}: send them in several requests`,
      );
    const wanted = body.items.map(wantedOf);
    const { keptIn, add } = desk();
    await add(who, wanted, query.upsert === true ? "upsert" : "add");
    return c.json(reply(wanted.flatMap((one) => shownOf(trustOf(one), keptIn))));
  });

  routes.delete(PATH, DELETE, async (c, who, { query }) => {
    const { hostNamePattern = "", certType = "*", certSubType = "*" } = query;
    if (hostNamePattern === "")
      throw new ApiError(
        "InvalidArgument",
        "hostNamePattern must say which hosts are meant: git.example.com, *.example.com",
      );
    const { keptIn, remove } = desk();
    const gone = await remove(who, {
      takes: (host) => matchesGlob(hostNamePattern, host, ANYWHERE),
      ...(certType === "*" || certType === "" ? {} : { is: typeOf(certType) }),
      ...(certSubType === "*" || certSubType === "" ? {} : { keyType: certSubType }),
    });
    return c.json(reply(shownOf(gone, keptIn)));
  });
}

function chosenBy({ hostNamePattern, certType, certSubType }: Chosen): (one: ShownCertificate) => boolean {
  return (one) =>
    matchesGlob(hostNamePattern || "*", one.serverName, ANYWHERE) &&
    [one.certType, "*"].includes(certType || "*") &&
    [one.certSubType, "*"].includes(certSubType || "*");
}

/** @throws {ApiError} 400 */
function typeOf(certType: string): "ssh" | "https" {
  if (certType === "ssh" || certType === "https") return certType;
  throw new ApiError("InvalidArgument", `certType: ${JSON.stringify(certType)} is neither ssh nor https`);
}

function wantedOf({
  serverName,
  certType,
  certSubType = "",
  certData,
}: {
  serverName: string;
  certType: "ssh" | "https";
  certSubType?: string | undefined;
  certData: string;
}): WantedCertificate {
  const host = serverName.trim();
  const data = Buffer.from(certData, "base64").toString("utf8");
  return certType === "https"
    ? { is: "https", host, pem: data }
    : { is: "ssh", host, keyType: certSubType.trim(), key: data.trim() };
}

function trustOf(wanted: WantedCertificate): KeptTrust {
  return wanted.is === "https"
    ? { authorities: new Map([[wanted.host.toLowerCase(), wanted.pem]]), knownHosts: "" }
    : {
        authorities: new Map(),
        knownHosts: `${wanted.host.toLowerCase()} ${wanted.keyType} ${wanted.key}`,
      };
}

function shownOf({ authorities, knownHosts }: KeptTrust, keptIn: AuthorisedCertificates["keptIn"]) {
  const keys = hostKeysIn(knownHosts).map(({ host, keyType, key }) => `${host} ${keyType} ${key}`);
  return shownCertificates([
    ...[...authorities].map(([host, ca]) => ({ url: `https://${host}`, ca })),
    { url: "", sshKnownHosts: keys.join("\n") },
  ]).map((one) => ({ ...one, holdfast: { keptIn: keptIn[one.certType] } }));
}

/** A certificate that is kept counts at every port of its host. */
function idOf({ serverName, certType, certSubType, certData }: ShownCertificate): string {
  const host = certType === "https" ? serverName.replace(/:\d+$/, "") : serverName;
  return JSON.stringify([host, certType, certSubType, certData]);
}
