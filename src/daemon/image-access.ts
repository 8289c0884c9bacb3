/** How the registry of an image is asked, and with whose login. */

import type { Config } from "../config/config.ts";
import { homeClusterIn } from "../config/home-cluster.ts";
import type { ArgoRegistry } from "../core/argocd/image-updater-config.ts";
import {
  type Login,
  loginIn,
  loginOf,
  type PullSecret,
  parsePullSecret,
} from "../core/images/pull-secret.ts";
import type { Application } from "../core/model/application.ts";
import { fromBase64 } from "../core/model/decoded-secret.ts";
import type { Project } from "../core/model/project.ts";
import type { RepositoryAccess } from "../core/model/repository-access.ts";
import { type ResolvedDestination, refuseDestination } from "../core/policy/refuse-destination.ts";
import type { Cluster } from "../core/ports/cluster.ts";
import { clusterFor, keptFrom, type Named } from "../engine/destinations.ts";
import { nameOfProject } from "../engine/limits.ts";
import type { Settings } from "../engine/settings.ts";
import { entriesFor, entryFor, repositoryAccess } from "../engine/target/repository-access.ts";
import type { ImageAccess } from "../images/images-ports.ts";
import { defined } from "../lib/defined.ts";
import { BY_SEGMENT, matchesGlob } from "../lib/glob.ts";
import type { DaemonOptions, Parts } from "./open-parts.ts";

interface ImageAsk {
  app: Application;
  /** Its own, which takes it. */
  project: Project;
  registry: string;
  repository: string;
  secret: string | undefined;
}

interface World {
  parts: Pick<Parts, "clusters">;
  environment: DaemonOptions["environment"];
  config: Config;
  settings: Settings;
}

/** How the registry of an image is asked, for an application of its project. */
export async function imageAccess(
  { app, project, registry, repository, secret }: ImageAsk,
  world: World,
): Promise<ImageAccess> {
  const place = `${registry}/${repository}`;
  const { registries } = world.config.images;
  if (registries.length > 0 && !isPermitted(place, registries))
    return {
      is: "refused",
      why: `the config does not permit ${place}`,
      fix: "Add a glob of it to images.registries",
    };
  const url = `oci://${place}`;
  const entries = entriesFor(world.settings.repositories, nameOfProject(app));
  const named = entryFor(url, entries, "oci");
  const ofMap = world.config.images.argoRegistries.find((one) => one.registry === registry);
  const access: RepositoryAccess = {
    ...(named === undefined
      ? { ...repositoryAccess(url, entries, "oci"), type: "oci", ...reachedBy(ofMap) }
      : { ...named, url }),
    ...defined({ requestsPerSecond: named?.requestsPerSecond ?? ofMap?.requestsPerSecond }),
  };
  const login =
    secret !== undefined
      ? await loginFor(secret, { app, project, registry }, world)
      : named === undefined && ofMap?.credentials !== undefined
        ? await loginOfMap(ofMap.credentials, registry, world)
        : undefined;
  if (login === undefined) return { is: "reached", access };
  if ("is" in login) return login;
  const { bearerToken: _, lender: __, ...rest } = access;
  return { is: "reached", access: { ...rest, ...login } };
}

/** Whoever writes that ConfigMap says what Argo CD may do: a registry of one's own network is meant where it stands there. */
function reachedBy(registry: ArgoRegistry | undefined): Partial<RepositoryAccess> {
  if (registry === undefined) return { reach: "far" };
  const { plainHttp, tlsCheck, ca } = registry;
  return defined({ plainHttp, tlsCheck, ca });
}

/** What `registries.conf` names: a Secret of the home namespace, or a variable that the config lists. */
async function loginOfMap(
  text: string,
  registry: string,
  { parts, environment, config, settings }: World,
): Promise<Login | Refused> {
  const refused = (why: string, fix: string) =>
    refusedBy(`registries.conf, credentials of ${registry}`, why, fix);
  const secret = parsePullSecret(text);
  if (secret.is === "refused") return refused(secret.why, NAME_ANOTHER);
  if (secret.is === "environment") return loginInVariable(secret.name, { environment, config }, refused);
  if (secret.namespace !== settings.namespace)
    return refused(
      `the Secret ${secret.namespace}/${secret.name} is not in the namespace ${settings.namespace}`,
      "Copy it there, or give the registry an entry of repositories with type: oci",
    );
  const home = homeClusterIn(parts.clusters.all, config.homeCluster.name);
  if (home === undefined) return refused("the home cluster is not connected", "Wait, or look at its entry");
  return loginInSecret(home, secret, registry, refused);
}

function isPermitted(place: string, globs: readonly string[]): boolean {
  const forbids = globs.filter((glob) => glob.startsWith("!"));
  return (
    !forbids.some((glob) => matchesGlob(glob.slice(1), place, BY_SEGMENT)) &&
    globs.some((glob) => !glob.startsWith("!") && matchesGlob(glob, place, BY_SEGMENT))
  );
}

/**
 * A Secret of the application's own namespace, where its Pods use it too: nobody borrows another one's. Whoever writes an
 * Application names any namespace, so that it is its own only where the project lets it deploy there.
 */
async function loginFor(
  text: string,
  { app, project, registry }: Pick<ImageAsk, "app" | "project" | "registry">,
  { parts, environment, config }: World,
): Promise<Login | Refused> {
  const refused = (why: string, fix: string) => refusedBy("pull-secret", why, fix);
  const secret = parsePullSecret(text);
  switch (secret.is) {
    case "refused":
      return refused(secret.why, NAME_ANOTHER);
    case "environment":
      return loginInVariable(secret.name, { environment, config }, refused);
    case "field":
    case "pull-secret": {
      const { namespace, name } = secret;
      const own = app.spec.destination.namespace;
      if (namespace !== own)
        return refused(
          `the Secret ${namespace}/${name} is not in the namespace ${own ?? ""} of the application`,
          "Name one of its own namespace, or give the registry an entry of repositories with type: oci",
        );
      const reached = clusterFor(app.spec.destination, parts.clusters.all);
      // Which others there are is told by what checks its spec, to those of them that are its own.
      if (reached.is !== "found") return refused(reached.text, "Correct the application's destination");
      const { cluster } = reached;
      const denied =
        keptFrom(app, cluster) ?? refuseDestination(project, { ...targetOf(cluster), namespace });
      if (denied !== undefined) return refused(denied, "Permit it in the project");
      return loginInSecret(cluster, secret, registry, refused);
    }
  }
}

type Refused = Extract<ImageAccess, { is: "refused" }>;
type Refuse = (why: string, fix: string) => Refused;

const NAME_ANOTHER =
  "Write pullsecret:namespace/name, or give the registry an entry of repositories with type: oci";

function refusedBy(place: string, why: string, fix: string): Refused {
  return { is: "refused", why: `${place}: ${why}`, fix };
}

function loginInVariable(
  name: string,
  { environment, config }: Pick<World, "environment" | "config">,
  refused: Refuse,
): Login | Refused {
  if (!config.images.environment.includes(name))
    return refused(`the config does not let anybody name ${name}`, "Add it to images.environment");
  return (
    loginIn(environment[name] ?? "") ?? refused(`${name} holds no user:password`, "Set it for the daemon")
  );
}

async function loginInSecret(
  cluster: Pick<Cluster, "read">,
  secret: Extract<PullSecret, { namespace: string }>,
  registry: string,
  refused: Refuse,
): Promise<Login | Refused> {
  const { namespace, name } = secret;
  const found = await cluster.read({ group: "", kind: "Secret", namespace, name }, "v1");
  if (found.is === "absent")
    return refused(`there is no Secret ${namespace}/${name}`, "Make it, or name another one");
  if (found.is !== "found")
    return refused(
      `the Secret ${namespace}/${name} cannot be read: ${found.why}`,
      "Let the daemon's account get it",
    );
  const { data } = found.live.object as { data?: Record<string, string> };
  const field = (key: string): string => fromBase64(data?.[key] ?? "") ?? "";
  const login =
    secret.is === "field"
      ? loginIn(field(secret.field))
      : (loginOf(field(".dockerconfigjson"), registry) ?? loginOf(field(".dockercfg"), registry));
  return (
    login ??
    refused(`the Secret ${namespace}/${name} says nothing of ${registry}`, "Correct it, or name another one")
  );
}

function targetOf({ server, name, project }: Named): Omit<ResolvedDestination, "namespace"> {
  return { server, name, ...defined({ project }) };
}
