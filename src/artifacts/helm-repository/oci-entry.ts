import type { RepositoryAccess } from "../../core/model/repository-access.ts";
import type { ArtifactReference } from "../../core/ports/artifacts.ts";
import { defined } from "../../lib/defined.ts";
import { isNear } from "../../remote/near.ts";

/**
 * What an index means that names a registry in place of an archive, `oci://host/path/chart:1.2.3`; undefined for any
 * other address. Credentials of the repository go to the registry where it is the same host, or that was asked for.
 * @param version where the address bears no tag
 */
export function ociEntry(
  address: string,
  version: string,
  access: RepositoryAccess,
): Extract<ArtifactReference, { kind: "oci" }> | undefined {
  if (!/^oci:\/\//i.test(address)) return undefined;
  const [, url = "", chart = "", tag, digest] =
    /^(oci:\/\/.+)\/([^/:@]+)(?::([^/:@]+))?(?:@(.+))?$/i.exec(address) ?? [];
  if (url === "") return undefined;
  const {
    passCredentials,
    plainHttp,
    ca,
    username,
    password,
    bearerToken,
    clientCertificate,
    clientKey,
    lender,
    tlsCheck,
    proxy,
    noProxy,
    reach,
  } = access;
  const home = URL.parse(access.url);
  const isSame = home?.host === /^oci:\/\/([^/]+)/i.exec(url)?.[1]?.toLowerCase();
  const login = { username, password, bearerToken, clientCertificate, clientKey, lender };
  return {
    kind: "oci",
    repository: {
      url,
      type: "oci",
      ...defined({ ca, plainHttp, proxy, noProxy, tlsCheck: isSame ? tlsCheck : undefined }),
      // What an index names is no nearer than it is itself.
      ...defined({ reach: isSame || isNear(home?.hostname ?? "") ? reach : (reach ?? "not here") }),
      ...(isSame || passCredentials === true ? defined(login) : {}),
    },
    chart,
    version: digest ?? tag ?? version,
  };
}
