import { defined } from "../lib/defined.ts";
import { notFound } from "./api-error.ts";
import type { ApiContext } from "./context.ts";
import { keyFrom, keyNamed, orNotFound } from "./find-app.ts";
import { ALL_IMAGES, APPLICATION_IMAGES, UPDATE_IMAGES } from "./images-terms.ts";
import { Looks } from "./looks.ts";
import type { Routes } from "./routes.ts";

/** Images that are kept up to date. Whoever may change an application may have them updated now. */
export function imageRoutes(routes: Routes, { images }: ApiContext): void {
  const looks = new Looks("registries are being asked");

  routes.get("/api/holdfast/v1/images", ALL_IMAGES, (c, who) => c.json({ items: images.all(who) }));

  routes.get("/api/holdfast/v1/applications/:namespace/:name/images", APPLICATION_IMAGES, (c, who) => {
    const key = keyFrom(c.req.param("namespace"), c.req.param("name"));
    const found = images.images(who, key);
    if (found === undefined) throw notFound(`application ${key}`);
    return c.json(found);
  });

  routes.post("/api/holdfast/v1/images/update", UPDATE_IMAGES, async (c, who, { body }) => {
    const apps = body.apps?.map(keyNamed);
    const done = await looks.hold(who, c.req.raw.signal, async () =>
      images.update(who, {
        ...defined({ apps }),
        mode: body.dryRun === true ? "dry-run" : "write",
        actor: who.actor,
      }),
    );
    return c.json(orNotFound(done, `application ${apps?.join(", ")}`));
  });
}
