/** What the HTTP API may ask of image updates. Types only. */
import type { AppKey } from "../core/model/application.ts";
import type { ApplicationImages, ImageUpdateResult } from "../core/model/image-update.ts";

export interface UpdateRequest {
  /** Absent: all of them. */
  apps?: readonly AppKey[];
  mode: "dry-run" | "write";
  actor: string;
}

export interface ImagesControl {
  /** As they were looked at last; none where it has none kept up to date, or was not looked at yet. Absent: there is no such application. */
  images(key: AppKey): ApplicationImages | undefined;
  /** Applications that have some kept up to date. */
  all(): readonly ApplicationImages[];
  /** Asks the registries now, and writes what is newer. Never throws for what one application cannot. */
  update(request: UpdateRequest): Promise<ImageUpdateResult>;
}
