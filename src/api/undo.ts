import type { UndoAnswer, UndoableObject } from "../core/model/undo-answer.ts";
import type { Undoable, UndoRequest } from "../engine/control.ts";
import { defined } from "../lib/defined.ts";
import { notFound } from "./api-error.ts";
import { written } from "./applications.ts";
import type { ApiContext } from "./context.ts";
import { keyFrom, orNotFound } from "./find-app.ts";
import { may, type Routes } from "./routes.ts";
import { APPLICATION, REF } from "./terms/answers.ts";
import { json } from "./terms/terms.ts";
import { choice, fields, flag, list, optional, text, told, whole } from "./terms/wire.ts";

const PATH = "/api/holdfast/v1/applications/:namespace/:name/undo";

const UNDO_BODY = fields({
  run: optional(
    whole({
      least: 1,
      says: "The number of a run; default the newest that deleted something which is kept.",
    }),
  ),
  objects: optional(
    list(whole({ least: 1 }), { least: 1, says: "Ids of objects of that run; default all." }),
  ),
  dryRun: optional(flag("Writes nothing.")),
});

const UNDO_ANSWER = told({
  runs: list(
    told({
      run: whole(),
      at: text(),
      until: text(),
      objects: whole(),
      application: choice(["this", "an-earlier"]),
      sync: optional(
        told({
          cause: text(),
          initiatedBy: optional(told({ username: optional(text()), automated: optional(flag()) })),
          revisions: list(text()),
        }),
      ),
    }),
  ),
  run: optional(whole({ says: "That the objects are of." })),
  objects: list(
    told({ id: whole(), ...REF, version: text(), can: choice(["yes", "no", "is-there"]), why: text() }),
  ),
});

/** What was pruned and is kept, and having it made again. */
export function undoRoutes(routes: Routes, { control }: ApiContext): void {
  const asked = {
    id: "listDeletedObjects",
    says: "What prunes deleted and is kept, and whether it can be made again.",
    asks: may("applications", "get"),
    query: {
      run: optional(
        whole({
          least: 1,
          says: "Of that run, as `holdfast runs` shows it; default the newest that pruned something.",
        }),
      ),
    },
    answers: json(UNDO_ANSWER),
  } as const;
  routes.get(PATH, asked, async (c, who, { query: { run } }) => {
    const key = keyFrom(c.req.param("namespace"), c.req.param("name"));
    const runs = orNotFound(control.deleted(who, key), `application ${key}`);
    const found = orNotFound(await control.undoable(who, key, run), `application ${key}`);
    const answer: UndoAnswer = {
      runs,
      ...defined({ run: found.run?.run }),
      objects: found.objects.map(shown),
    };
    return c.json(answer);
  });

  const undo = {
    id: "undoPrune",
    says: "Starts an operation that makes again what a run deleted.",
    asks: may("applications", "sync"),
    body: UNDO_BODY,
    answers: json(APPLICATION),
  } as const;
  routes.post(PATH, undo, async (c, who, { body: { run, objects, dryRun } }) => {
    const key = keyFrom(c.req.param("namespace"), c.req.param("name"));
    const mode = dryRun === true ? "dry-run" : "write";
    const request: Omit<UndoRequest, "actor"> = { mode, ...defined({ run, objects }) };
    const app = control.application(who, key);
    if (app === undefined) throw notFound(`application ${key}`);
    return c.json(written(await control.undo(who, key, { ...request, actor: who.actor }), app));
  });
}

function shown({ id, ref, version, can, why }: Undoable): UndoableObject {
  return { id, ...ref, version, can, why };
}
