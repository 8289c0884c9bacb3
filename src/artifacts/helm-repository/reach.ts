/** How a chart repository, and what it names, is reached: where credentials go, and where they never do. */
import { Failure } from "../../core/model/failure.ts";
import type { RepositoryAccess } from "../../core/model/repository-access.ts";
import { Secret } from "../../core/model/secret.ts";
import { defined } from "../../lib/defined.ts";
import { withoutUserinfo } from "../../lib/url-userinfo.ts";
import { type Http, httpClient } from "../../remote/http.ts";
import type { LentLogins } from "../../remote/lent/lent-logins.ts";
import type { LookUp } from "../../remote/reach.ts";
import { termsOf } from "../../remote/terms-of.ts";
import { authorizationOf } from "../credentials.ts";

export interface Reached {
  indexUrl: string;
  /** For what lies at the repository itself. */
  home: Http;
  /** For an archive, as the index names it. @throws {Failure} artifact-refused for an address that is none */
  archive(written: string): { client: Http; target: string };
}

/** @throws {Failure} invalid-spec */
export function reach(
  access: RepositoryAccess,
  { lent, lookUp }: { lent: LentLogins; lookUp?: LookUp },
): Reached {
  const { base, access: own } = parseRepository(access);
  const show = withoutUserinfo(access.url);
  const authorization = lent.authorizer(own, authorizationOf);
  const clientOf = (origin: string, elsewhere: "refused" | "bare"): Http =>
    httpClient({
      origin,
      elsewhere,
      userAgent: "Holdfast",
      ...defined({ authorization, reach: own.reach, lookUp }),
      ...termsOf(own),
      says: {
        object: show,
        cannot: "read from it",
        unreachable: "artifact-unreachable",
        auth: "artifact-auth",
        thing: "chart repository",
        tooLong: "Look at the server: no index of charts, and no chart, is so long",
      },
    });
  const isOpen = authorization === undefined && own.clientCertificate === undefined;
  return {
    indexUrl: below(base, "index.yaml"),
    // Whoever needs credentials would be without them there.
    home: clientOf(base.origin, isOpen ? "bare" : "refused"),
    archive(written) {
      const target = URL.parse(written, withSlash(base));
      if (target === null || !/^https?:$/.test(target.protocol))
        throw new Failure("artifact-refused", show, "backoff", {
          cannot: "fetch the chart",
          why: `its index names ${JSON.stringify(withoutUserinfo(written.slice(0, 200)))}, which is not fetched from`,
          fix: "Have the chart published at an https address",
        });
      if (target.username !== "" || target.password !== "") target.username = target.password = "";
      // What the index does not say itself is what the repository's own address says.
      if (target.search === "" && !/^[a-z][a-z0-9+.-]*:/i.test(written)) target.search = base.search;
      const origin = own.passCredentials === true ? target.origin : base.origin;
      return { client: clientOf(origin, "bare"), target: target.href };
    },
  };
}

/** White space, control characters, and what looks like an escape and is none. */
const ODD = /[\p{Cc}\s]|%(?![0-9a-f]{2})/iu;

/** Userinfo is taken for credentials, where none are given. */
function parseRepository(access: RepositoryAccess): { base: URL; access: RepositoryAccess } {
  const url = URL.parse(access.url);
  if (url === null || !/^https?:$/.test(url.protocol) || url.hash !== "" || ODD.test(access.url))
    throw new Failure("invalid-spec", withoutUserinfo(access.url), "after-edit", {
      cannot: "use this address as a chart repository",
      why: "it is no http or https address",
      fix: "Write the address of the folder in which index.yaml lies, as https://charts.example.com/stable",
    });
  const { username, password } = url;
  url.username = url.password = "";
  const hasOwn = [access.username, access.password, access.bearerToken].some((one) => one !== undefined);
  if (hasOwn || (username === "" && password === "")) return { base: url, access };
  return {
    base: url,
    access: {
      ...access,
      username: decodeURIComponent(username),
      password: new Secret(decodeURIComponent(password)),
    },
  };
}

function withSlash(base: URL): URL {
  const folder = new URL(base);
  if (!folder.pathname.endsWith("/")) folder.pathname += "/";
  return folder;
}

function below(base: URL, name: string): string {
  const folder = withSlash(base);
  folder.pathname += name;
  return folder.href;
}
