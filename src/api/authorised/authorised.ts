/**
 * The one door to what the API may ask: everything takes first who asks. What one may not see is absent, for whoever may
 * see all there is as for everybody else; what one may see and not do is refused with what the policy would have to give.
 */
import type { Asker } from "../../core/access/asker.ts";
import type { AppKey, Application } from "../../core/model/application.ts";
import type { CertificateDesk } from "../../core/ports/certificate-desk.ts";
import type { ClusterDesk } from "../../core/ports/cluster-desk.ts";
import type { NotificationDesk } from "../../core/ports/notification-desk.ts";
import type { RepositoryContents } from "../../core/ports/repository-contents.ts";
import type { RepositoryDesk } from "../../core/ports/repository-desk.ts";
import type { Control } from "../../engine/control.ts";
import type { ImagesControl } from "../../images/control.ts";
import type { SetsControl } from "../../sets/control.ts";
import { type AuthorisedControl, authorisedControl } from "./applications.ts";
import { EVERYWHERE } from "./asked.ts";
import { type AuthorisedCertificates, authorisedCertificates } from "./certificates.ts";
import { type AuthorisedClusters, authorisedClusters } from "./clusters.ts";
import { type AuthorisedContents, authorisedContents } from "./contents.ts";
import { type AuthorisedImages, authorisedImages } from "./images.ts";
import { type AuthorisedNotifications, authorisedNotifications } from "./notifications.ts";
import { applicationObject, setObject } from "./object-names.ts";
import { type AuthorisedRepositories, authorisedRepositories } from "./repositories.ts";
import { type AuthorisedSets, authorisedSets } from "./sets.ts";
import type { Sight } from "./veil.ts";

export type {
  AuthorisedCertificates,
  AuthorisedClusters,
  AuthorisedContents,
  AuthorisedControl,
  AuthorisedImages,
  AuthorisedNotifications,
  AuthorisedRepositories,
  AuthorisedSets,
};

export interface Guarded {
  control: Control;
  sets: SetsControl | undefined;
  images?: ImagesControl | undefined;
  notifications?: NotificationDesk | undefined;
  clusters: ClusterDesk | undefined;
  repositories?: RepositoryDesk | undefined;
  contents?: RepositoryContents | undefined;
  certificates?: CertificateDesk | undefined;
  homeNamespace: string;
}

/** @returns the same shape; nothing else of the API may hold what is in `guarded` */
export function authorised({
  control,
  sets,
  images,
  notifications,
  clusters,
  repositories,
  contents,
  certificates,
  homeNamespace,
}: Guarded): {
  control: AuthorisedControl;
  sets: AuthorisedSets | undefined;
  images: AuthorisedImages;
  notifications: AuthorisedNotifications | undefined;
  clusters: AuthorisedClusters | undefined;
  repositories: AuthorisedRepositories | undefined;
  contents: AuthorisedContents | undefined;
  certificates: AuthorisedCertificates | undefined;
} {
  const objectOf = (app: Application): string => applicationObject(app, homeNamespace);
  const seen = (who: Asker, key: AppKey): Application | undefined => {
    const app = control.application(key);
    // Asked in any case: how long an answer takes tells nobody whether there is one.
    return who.may("applications", "get", app === undefined ? EVERYWHERE : objectOf(app)) ? app : undefined;
  };
  const sight: Sight = {
    homeNamespace,
    isThere: (key) => control.application(key) !== undefined,
    isHidden: (who, key) => control.application(key) !== undefined && seen(who, key) === undefined,
    seesAll: (who) => who.may("applications", "get", EVERYWHERE),
  };
  const guarded = authorisedControl(control, {
    ...{ seen, objectOf, clusters, sight },
    seesSet(who, key) {
      const there = sets?.set(key);
      const object = there === undefined ? EVERYWHERE : setObject(there.set, homeNamespace);
      return who.may("applicationsets", "get", object);
    },
  });
  return {
    control: guarded,
    sets: sets && authorisedSets(sets, { control, homeNamespace, objectOf, sight }),
    images: authorisedImages(images, { seen, objectOf, sight }),
    notifications:
      notifications &&
      authorisedNotifications(notifications, {
        sight,
        seesCluster: (who, cluster) => guarded.maySeeTransition(who, { cluster }),
      }),
    clusters: clusters && authorisedClusters(clusters),
    repositories: repositories && authorisedRepositories(repositories),
    certificates: certificates && authorisedCertificates(certificates),
    contents: contents && authorisedContents(contents, { control, homeNamespace, seen }),
  };
}
