import type { Application } from "../core/model/application.ts";
import { listedChange } from "../core/model/listed-application.ts";
import type { ApiContext } from "./context.ts";

/**
 * As it is told, with the commit that changed it last beside its revision, which is where its branch is. What is not known
 * is found out, and told as a change.
 */
export function withChange({ control }: Pick<ApiContext, "control">): (app: Application) => Application {
  return (app) => {
    const change = control.changeOf(app);
    const { status } = app;
    if (change === undefined || status === undefined) return app;
    return { ...app, status: { ...status, sync: { ...status.sync, changed: listedChange(change) } } };
  };
}
