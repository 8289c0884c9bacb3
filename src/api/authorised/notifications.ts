import type { Asker } from "../../core/access/asker.ts";
import type { AppKey } from "../../core/model/application.ts";
import type { DestinationName, NotificationMessage } from "../../core/model/notification.ts";
import type {
  NotificationDesk,
  NotificationPreview,
  ShownNotifications,
  ShownSubscription,
  Tested,
} from "../../core/ports/notification-desk.ts";
import type { Found } from "../../engine/control.ts";
import { ABSENT, EVERYWHERE } from "./asked.ts";
import { demand } from "./demand.ts";
import { mustHold } from "./standing.ts";
import { inSight, type Sight } from "./veil.ts";

/** Messages are of all applications: who sees all of them but some is told all but those. */
export interface AuthorisedNotifications {
  shown(who: Asker): ShownNotifications;
  names(who: Asker): ReturnType<NotificationDesk["names"]>;
  test(who: Asker, to: DestinationName): Promise<Tested>;
  preview(
    who: Asker,
    key: AppKey,
    trigger: string,
    to: DestinationName | undefined,
  ): Promise<Found<NotificationPreview[]>>;
  resend(who: Asker, ids: readonly number[] | undefined): number;
}

interface Rooms {
  sight: Sight;
  seesCluster(who: Asker, name: string): boolean;
}

export function authorisedNotifications(
  desk: NotificationDesk,
  { sight, seesCluster }: Rooms,
): AuthorisedNotifications {
  const may = (who: Asker, action: "get" | "update"): void => demand(who, "applications", action, EVERYWHERE);
  const isTold = (who: Asker, { app, cluster }: Pick<NotificationMessage, "app" | "cluster">): boolean =>
    (app === undefined || !sight.isHidden(who, app)) && (cluster === undefined || seesCluster(who, cluster));
  const isShown = (who: Asker, { from, of }: ShownSubscription): boolean => {
    if (from === "application") return !sight.isHidden(who, of as AppKey);
    return from !== "project" || who.may("applications", "get", `${of}/*`);
  };
  return {
    shown(who) {
      may(who, "get");
      const all = desk.shown();
      const told = ({ message }: { message: NotificationMessage }): boolean => isTold(who, message);
      return inSight(
        {
          ...all,
          subscriptions: all.subscriptions.filter((one) => isShown(who, one)),
          deliveries: all.deliveries.filter(told),
          dead: all.dead.filter(told),
        },
        who,
        sight,
      );
    },
    names(who) {
      may(who, "get");
      return desk.names();
    },
    test(who, to) {
      may(who, "update");
      return desk.test(to, who.actor);
    },
    async preview(who, key, trigger, to) {
      may(who, "get");
      if (!sight.isThere(key) || sight.isHidden(who, key)) return ABSENT;
      const previews = await desk.preview(key, trigger, to);
      // It may have taken long, and be another project's by now.
      mustHold(who);
      return sight.isHidden(who, key) ? ABSENT : { is: "found", value: inSight(previews, who, sight) };
    },
    resend(who, ids) {
      may(who, "update");
      return desk.resend(ids);
    },
  };
}
