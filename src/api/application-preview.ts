import type { Context } from "hono";
import type { Asker } from "../core/access/asker.ts";
import { type Application, keyOfApp } from "../core/model/application.ts";
import type { Previewed } from "../engine/control.ts";
import { ApiError, refused } from "./api-error.ts";
import { describe, parsedApplication } from "./applications.ts";
import { APPLICATION_EFFECT } from "./blast.ts";
import type { ApiContext, Env } from "./context.ts";
import { keyFrom } from "./find-app.ts";
import { OpenPlaces } from "./open-places.ts";
import { MANIFEST_CAP_BYTES } from "./read-json.ts";
import { may, type Routes } from "./routes.ts";
import { APPLICATION } from "./terms/answers.ts";
import { json } from "./terms/terms.ts";
import { list, text, told } from "./terms/wire.ts";
import { unhurried } from "./unhurried.ts";

/** A repository that nobody read before is fetched first. */
const LONGEST_MS = 120_000;
const PLACES = { all: 12, each: 2, kept: 2 };

const ASKED = {
  body: APPLICATION,
  capBytes: MANIFEST_CAP_BYTES,
  answers: json(
    told({
      revisions: list(text(), { says: "Commits or versions that its sources lead to now." }),
      images: list(text()),
      effect: APPLICATION_EFFECT,
    }),
  ),
};
const PREVIEW = {
  id: "previewApplication",
  says: "What an application that is not there yet would make, held against its cluster; writes nothing.",
  asks: may("applications", "create"),
  ...ASKED,
} as const;
const PREVIEW_EDIT = {
  id: "previewApplicationEdit",
  says: "What the next sync of an application would do, were it written so; writes nothing.",
  asks: may("applications", "update"),
  ...ASKED,
} as const;

/**
 * `POST /api/holdfast/v1/applications/preview`, and `…/{namespace}/{name}/preview` of one that is there. Asks for `create` and `get` of the application as it is sent, as its project
 * permits, and for `update` of one that is there; encrypted files and placeholders are not opened, because a look leaves no trace in the activity.
 */
export function applicationPreviewRoutes(
  routes: Routes,
  { control, homeNamespace }: Pick<ApiContext, "control" | "homeNamespace">,
  longestMs: number = LONGEST_MS,
): void {
  const places = new OpenPlaces("previews are being made", PLACES);
  routes.post("/api/holdfast/v1/applications/preview", PREVIEW, async (c, who, { body }) => {
    const app = parsedApplication(body, homeNamespace);
    return answer(c, who, app, (signal) => control.preview(who, app, signal));
  });
  routes.post("/api/holdfast/v1/applications/:namespace/:name/preview", PREVIEW_EDIT, (c, who, { body }) => {
    const app = parsedApplication(body, homeNamespace);
    const key = keyFrom(c.req.param("namespace"), c.req.param("name"));
    if (keyOfApp(app) !== key)
      throw new ApiError(
        "InvalidArgument",
        `application ${key} cannot become ${keyOfApp(app)}: name and namespace are fixed`,
      );
    return answer(c, who, app, (signal) => control.previewEdit(who, app, signal));
  });

  async function answer(
    c: Context<Env>,
    who: Asker,
    app: Application,
    ask: (signal: AbortSignal) => Promise<Previewed>,
  ): Promise<Response> {
    const leave = places.take(who);
    const late = AbortSignal.timeout(longestMs);
    const hurry = unhurried(c.env.server, c.req.raw);
    try {
      const told = await ask(AbortSignal.any([c.req.raw.signal, late]));
      if (told.is !== "previewed") throw refused(told, describe(app));
      return c.json(told.preview);
    } catch (cause) {
      if (!late.aborted || cause instanceof ApiError) throw cause;
      throw new ApiError(
        "DeadlineExceeded",
        `${describe(app)}: what it would make was not known within ${Math.round(longestMs / 1_000)} s. Try again: what was fetched meanwhile is not fetched again`,
      );
    } finally {
      leave();
      hurry();
    }
  }
}
