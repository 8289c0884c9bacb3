import type { UndoAnswer, UndoableObject } from "../core/model/undo-answer.ts";
import type { Undoable, UndoRequest } from "../engine/control.ts";
import { defined } from "../lib/defined.ts";
import { isMapping } from "../lib/is-mapping.ts";
import { ApiError, notFound } from "./api-error.ts";
import { written } from "./applications.ts";
import type { ApiContext } from "./context.ts";
import { keyFrom, orNotFound } from "./find-app.ts";
import { readJson } from "./read-json.ts";
import { may, type Routes } from "./routes.ts";

const PATH = "/api/holdfast/v1/applications/:namespace/:name/undo";

/** What was pruned and is kept, and having it made again. */
export function undoRoutes(routes: Routes, { control }: ApiContext): void {
  /** `?run=12`: of that run; default the newest that pruned something. */
  routes.get(PATH, may("applications", "get"), async (c, who) => {
    const key = keyFrom(c.req.param("namespace"), c.req.param("name"));
    const run = runOf(c.req.query("run"));
    const runs = orNotFound(control.deleted(who, key), `application ${key}`);
    const found = orNotFound(await control.undoable(who, key, run), `application ${key}`);
    const answer: UndoAnswer = {
      runs,
      ...defined({ run: found.run?.run }),
      objects: found.objects.map(shown),
    };
    return c.json(answer);
  });

  routes.post(PATH, may("applications", "sync"), async (c, who) => {
    const key = keyFrom(c.req.param("namespace"), c.req.param("name"));
    const request = undoRequest(await readJson(c.req.raw));
    const app = control.application(who, key);
    if (app === undefined) throw notFound(`application ${key}`);
    return c.json(written(await control.undo(who, key, { ...request, actor: who.actor }), app));
  });
}

function runOf(text: string | undefined): number | undefined {
  if (text === undefined || text === "") return undefined;
  if (/^[1-9]\d{0,14}$/.test(text)) return Number(text);
  throw new ApiError("InvalidArgument", "run: expected the number of a run, as holdfast runs shows it");
}

/** `{run, objects, dryRun}`, all of them optional. */
function undoRequest(body: unknown): Omit<UndoRequest, "actor"> {
  const { run, objects, dryRun, ...others } = isMapping(body) ? body : { run: "" };
  const isNumber = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) > 0;
  const isRight =
    Object.keys(others).length === 0 &&
    (run === undefined || isNumber(run)) &&
    (objects === undefined || (Array.isArray(objects) && objects.length > 0 && objects.every(isNumber))) &&
    (dryRun === undefined || typeof dryRun === "boolean");
  if (!isRight)
    throw new ApiError(
      "InvalidArgument",
      "send {run, objects, dryRun}: the number of a run, ids of its objects, true or false; each may be left out",
    );
  return {
    mode: dryRun === true ? "dry-run" : "write",
    ...(run === undefined ? {} : { run: run as number }),
    ...(objects === undefined ? {} : { objects: objects as number[] }),
  };
}

function shown({ id, ref, version, can, why }: Undoable): UndoableObject {
  return { id, ...ref, version, can, why };
}
