import type { Application } from "../model/application.ts";
import type { LinkPlace, ShownLinks } from "../model/deep-link.ts";
import type { KubeObject } from "../model/kube-object.ts";

/** What links are made for. Whether whoever asks may see it was asked before. */
export interface LinkedThing {
  /** Of an application and of a resource. */
  app?: Application;
  /** Masked. */
  resource?: KubeObject;
  project: string;
}

/** The links of an operator's templates. */
export interface LinkDesk {
  /** @throws {Failure} where templates cannot be run */
  linksAt(place: LinkPlace, thing: LinkedThing): Promise<ShownLinks>;
}
