import {
  LENDER_KEYS,
  OWN_LENDER_KEYS,
  parseTokenLender,
  saidWithoutLender,
  whyNoProxy,
} from "../core/model/parse-token-lender.ts";
import {
  type GitImplementation,
  type RepositoryAccess,
  USUAL_REQUESTS_PER_SECOND,
} from "../core/model/repository-access.ts";
import { Secret } from "../core/model/secret.ts";
import { defined } from "../lib/defined.ts";
import type { Values } from "./read-settings.ts";

const SAID_OF_LENDERS: readonly string[] = [...LENDER_KEYS, ...OWN_LENDER_KEYS];
const OTHERWISE: readonly string[] = [...SAID_OF_LENDERS, "insecure", "requestsPerSecond"];

/** One entry of `repositories`, as its table has read it. */
export function toRepository(
  { url, implementation, ...values }: Values,
  inherited: GitImplementation,
  report: (key: string, text: string, fix?: string) => void,
): RepositoryAccess {
  const set = Object.entries(values).filter(
    ([, value]) => value !== undefined && value !== "" && value !== false,
  );
  const entry = {
    url: url as string,
    ...(Object.fromEntries(set.filter(([key]) => !OTHERWISE.includes(key))) as Omit<RepositoryAccess, "url">),
    implementation: implementation === "default" ? inherited : (implementation as GitImplementation),
  };
  const said = Object.fromEntries(
    set.flatMap(([key, value]) =>
      SAID_OF_LENDERS.includes(key)
        ? [[key, value instanceof Secret ? (value.reveal() as string) : String(value)]]
        : [],
    ),
  ) as Record<string, string>;
  const lender = parseTokenLender(said, { url: entry.url, type: entry.type ?? "git" }, report);
  const { username, password, bearerToken, sshPrivateKey, proxy, noProxy, ca } = entry;
  const own = defined({ username, password, bearerToken, sshPrivateKey });
  const [key] = Object.keys(own);
  const [alone] = Object.keys(said);
  if (lender !== undefined && key !== undefined && alone !== undefined)
    report(alone, `is there beside ${key}: one of them can ask`, "Keep one of them");
  const idle = saidWithoutLender(said);
  if (idle !== undefined) report(idle, "says nothing by itself", "Remove it, or name who lends");
  const notProxy = proxy === undefined ? undefined : whyNoProxy(proxy.reveal());
  if (notProxy !== undefined) report("proxy", notProxy, "Write it like http://proxy.example.com:3128");
  if (proxy === undefined && noProxy !== undefined)
    report("noProxy", "says nothing without proxy", "Remove it");
  if (proxy !== undefined && !isHttp(entry))
    report("proxy", "is for https alone, and the address is none of it", "Remove it");
  if (values["insecure"] === true && ca !== undefined)
    report("insecure", "is there beside ca, and then the certificate would not be looked at", "Remove it");
  if (values["insecure"] === true && !isHttp(entry))
    report("insecure", "is for https alone: sshKnownHosts says which hosts of ssh are right", "Remove it");
  const isUnlooked = values["insecure"] === true && ca === undefined && isHttp(entry);
  const often = values["requestsPerSecond"] as number;
  return {
    ...entry,
    ...defined({
      lender,
      tlsCheck: isUnlooked ? ("nothing" as const) : undefined,
      requestsPerSecond: often === USUAL_REQUESTS_PER_SECOND ? undefined : often,
    }),
  };
}

function isHttp({ url, type = "git" }: RepositoryAccess): boolean {
  return type !== "git" || /^https?:\/\//i.test(url);
}
