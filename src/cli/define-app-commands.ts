import type { Command } from "commander";
import { defineAppActions } from "./define-app-actions.ts";
import { defineAppLives } from "./define-app-lives.ts";
import { defineAppObjects } from "./define-app-objects.ts";
import { defineAppSyncs } from "./define-app-syncs.ts";
import { defineAppViews } from "./define-app-views.ts";
import type { Start } from "./define-command.ts";

/** `holdfast app …`. Flags have argocd's names where they mean the same. Each command's code is loaded when it runs. */
export function defineAppCommands(program: Command, start: Start): void {
  const app = program
    .command("app")
    .alias("apps")
    .alias("application")
    .description("applications: list, look into, sync, wait for, change");
  defineAppViews(app, start);
  defineAppSyncs(app, start);
  defineAppLives(app, start);
  defineAppActions(app, start);
  defineAppObjects(app, start);
}
