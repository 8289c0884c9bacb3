import type { RepositoryAccess } from "../core/model/repository-access.ts";
import { defined } from "../lib/defined.ts";
import type { HttpTerms } from "./http.ts";

/** How a repository's servers are asked, whoever asks. */
export function termsOf({
  ca,
  clientCertificate,
  clientKey,
  tlsCheck,
  proxy,
  noProxy = "",
}: RepositoryAccess): Pick<HttpTerms, "tls" | "proxy"> {
  const tls = defined({
    ca,
    cert: clientCertificate,
    key: clientKey?.reveal(),
    check: tlsCheck === "nothing" ? ("nothing" as const) : undefined,
  });
  return {
    ...(Object.keys(tls).length === 0 ? {} : { tls }),
    ...(proxy === undefined ? {} : { proxy: { address: proxy, past: noProxy } }),
  };
}
