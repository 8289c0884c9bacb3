import type { RepositoryAccess } from "../../core/model/repository-access.ts";
import type { ArtifactReference } from "../../core/ports/artifacts.ts";
import { defined } from "../../lib/defined.ts";

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
  const { passCredentials, plainHttp, ca, username, password, bearerToken, clientCertificate, clientKey } =
    access;
  const isSame = URL.parse(access.url)?.host === /^oci:\/\/([^/]+)/i.exec(url)?.[1]?.toLowerCase();
  const login = { username, password, bearerToken, clientCertificate, clientKey };
  return {
    kind: "oci",
    repository: {
      url,
      type: "oci",
      ...defined({ ca, plainHttp }),
      ...(isSame || passCredentials === true ? defined(login) : {}),
    },
    chart,
    version: digest ?? tag ?? version,
  };
}
