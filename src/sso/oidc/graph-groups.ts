/**
 * Groups of Microsoft Entra that do not fit into a token. The token's own address for them is of an API that is switched off,
 * and is not ours to trust: Microsoft Graph is asked, of the cloud in which the tenant is.
 * Source: learn.microsoft.com, "Configure group claims", "directoryObject: getMemberObjects", "National clouds".
 */

import { MAX_GROUPS } from "../../core/access/identity-of-claims.ts";
import type { Secret } from "../../core/model/secret.ts";
import { isMapping } from "../../lib/is-mapping.ts";
import type { ProviderRoad } from "../provider-road.ts";
import { turnedAway, unanswered } from "../sign-on.ts";

const GRAPHS: Readonly<Record<string, string>> = {
  "login.microsoftonline.com": "https://graph.microsoft.com",
  "sts.windows.net": "https://graph.microsoft.com",
  "login.microsoftonline.us": "https://graph.microsoft.us",
  "login.partner.microsoftonline.cn": "https://microsoftgraph.chinacloudapi.cn",
};

/** Undefined: the issuer is none of Microsoft's. */
export function graphOf(issuer: string): string | undefined {
  const host = new URL(issuer).host;
  return Object.hasOwn(GRAPHS, host) ? GRAPHS[host] : undefined;
}

/** Ids of all groups and roles, groups in groups too. */
export async function askGraph(
  road: ProviderRoad,
  graph: string,
  accessToken: Secret,
  signal: AbortSignal,
): Promise<string[]> {
  const step = "read the groups of who logged in";
  const { body } = await road.json(
    step,
    {
      method: "POST",
      url: `${graph}/v1.0/me/getMemberObjects`,
      headers: {
        Authorization: `Bearer ${accessToken.reveal()}`,
        "Content-Type": "application/json",
        Accept: "application/json",
      },
      body: new TextEncoder().encode(JSON.stringify({ securityEnabledOnly: false })),
    },
    "Have the application send only groups that are assigned to it (Token configuration), or grant it GroupMember.Read.All",
    signal,
  );
  const ids = isMapping(body) ? body["value"] : undefined;
  if (!Array.isArray(ids) || !ids.every((id) => typeof id === "string"))
    throw unanswered(road.terms.shown, step, "Microsoft Graph's answer holds no list of groups", "Try again");
  // A second page would be groups that are missing.
  if (isMapping(body) && body["@odata.nextLink"] !== undefined)
    throw turnedAway(
      road.terms.shown,
      step,
      `there are more than ${MAX_GROUPS} groups`,
      "Have the application send only groups that are assigned to it (Token configuration)",
    );
  return ids as string[];
}
