import type { AppKey, Application } from "../model/application.ts";
import type { SetKey } from "../model/application-set.ts";

/** An application of the home, as a set finds it. */
export interface ExistingChild {
  key: AppKey;
  uid: string;
  app: Application;
  /** The set whose it is, by its `namespace/name`; undefined: no set's. */
  ownedBy: SetKey | undefined;
  /** It was asked to go, and is there still. */
  going: boolean;
}
