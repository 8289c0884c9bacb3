import { AZURE_DEVOPS } from "./azure-devops.ts";
import { BITBUCKET } from "./bitbucket.ts";
import { BITBUCKET_SERVER } from "./bitbucket-server.ts";
import { DOCKER_HUB } from "./docker-hub.ts";
import { GENERIC } from "./generic.ts";
import { GITEA } from "./gitea.ts";
import { GITHUB } from "./github.ts";
import { GITLAB } from "./gitlab.ts";
import { HARBOR } from "./harbor.ts";
import type { Delivery, Provider } from "./provider.ts";
import { QUAY } from "./quay.ts";

/** In this order: Gitea sends GitHub's headers along, and only Bitbucket Cloud names the hook beside the event. */
const PROVIDERS: readonly Provider[] = [
  AZURE_DEVOPS,
  GITEA,
  GITHUB,
  GITLAB,
  BITBUCKET,
  BITBUCKET_SERVER,
  HARBOR,
  DOCKER_HUB,
  QUAY,
  GENERIC,
];

/** By its headers, before the body is read as anything. */
export function claimedBy(delivery: Delivery): Provider | undefined {
  return PROVIDERS.find((provider) => provider.claims(delivery));
}

/** By its payload, where no header tells. */
export function looksLikeOf(payload: unknown): Provider | undefined {
  return PROVIDERS.find((provider) => provider.looksLike(payload));
}
