import type { WantedImage } from "../core/images/wanted-images.ts";
import type { Version } from "../core/images/write-images.ts";
import type { AppKey } from "../core/model/application.ts";
import type { GitPlace } from "./write-place.ts";

/** One image of one application that is to be written. */
export interface ImageEdit {
  app: AppKey;
  wanted: WantedImage;
  version: Version;
  place: GitPlace;
  /** `ghcr.io/team/web 1.2.0 → 1.2.1` */
  change: string;
  /** Tag or digest that runs; "" where that is not known. */
  from: string;
  /** What is written in its place. */
  to: string;
}
