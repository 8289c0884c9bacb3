/** `/api/v1/repositories` and `/api/v1/repocreds`, as Argo CD serves them. No secret is in any answer. */
import type { Asker } from "../core/access/asker.ts";
import type { RepositoryType } from "../core/model/repository-access.ts";
import { repositoryKey } from "../core/model/repository-key.ts";
import { Secret } from "../core/model/secret.ts";
import type { KnownRepository, RepositoryId, RepositoryLook } from "../core/ports/repository-desk.ts";
import { defined, filled } from "../lib/defined.ts";
import { timestamp } from "../lib/timestamp.ts";
import { withoutUserinfo } from "../lib/url-userinfo.ts";
import { ApiError } from "./api-error.ts";
import type { AuthorisedRepositories } from "./authorised/authorised.ts";
import type { ApiContext } from "./context.ts";
import { type AskedRepository, findRepository, proved } from "./find-repository.ts";
import * as terms from "./repositories-terms.ts";
import type { Routes } from "./routes.ts";

type Said = Readonly<Record<string, string | number | boolean | undefined>>;

export function repositoryRoutes(routes: Routes, { repositories }: ApiContext): void {
  const desk = (): AuthorisedRepositories => {
    if (repositories === undefined)
      throw new ApiError(
        "Unimplemented",
        "repositories are not kept here: they stand in the daemon's config",
      );
    return repositories;
  };
  const one = (who: Asker, asked: AskedRepository): KnownRepository => findRepository(desk().all(who), asked);
  const shownNow = async (who: Asker, known: KnownRepository, how: "known" | "latest") =>
    show(known, known.id.use === "repository" ? await desk().look(who, known.id, how) : undefined);

  routes.get("/api/v1/repositories", terms.LIST, async (c, who, { query }) => {
    const wanted = desk()
      .all(who)
      .filter(
        ({ id }) =>
          id.use === "repository" &&
          (query.repo === undefined || repositoryKey(query.repo) === repositoryKey(id.url)) &&
          (query.appProject === undefined || query.appProject === id.project),
      );
    const how = query.forceRefresh === true ? "latest" : "known";
    return c.json({
      metadata: {},
      items: await Promise.all(wanted.map((known) => shownNow(who, known, how))),
    });
  });
  routes.get("/api/v1/repositories/:repo", terms.GET, async (c, who, { query }) => {
    const known = one(who, { use: "repository", url: c.req.param("repo"), project: query.appProject });
    return c.json(await shownNow(who, known, query.forceRefresh === true ? "latest" : "known"));
  });
  routes.get("/api/v1/repositories/:repo/refs", terms.REFS, async (c, who, { query }) => {
    const known = one(who, { use: "repository", url: c.req.param("repo"), project: query.appProject });
    const { branches, tags } = await proved(desk().refs(who, known.id));
    return c.json({ branches, tags });
  });

  routes.post("/api/v1/repositories", terms.CREATE, async (c, who, { query, body }) => {
    const wanted = { use: "repository" as const, data: secretData(body.repo, body) };
    const how = query.upsert === true ? "upsert" : "add";
    return c.json(await kept(who, await proved(desk().put(who, wanted, how, who.actor))));
  });
  routes.put("/api/v1/repositories/:repo", terms.UPDATE, async (c, who, { query, body }) => {
    const project = query.appProject ?? body.project;
    const { id } = one(who, { use: "repository", url: c.req.param("repo"), project });
    demandSame(id, body.repo, body.project);
    const wanted = { use: "repository" as const, data: secretData(id.url, { ...body, project: id.project }) };
    return c.json(await kept(who, await proved(desk().put(who, wanted, "update", who.actor))));
  });
  routes.delete("/api/v1/repositories/:repo", terms.DELETE, async (c, who, { query }) => {
    const { id } = one(who, { use: "repository", url: c.req.param("repo"), project: query.appProject });
    await desk().remove(who, id, who.actor);
    return c.json({});
  });
  routes.post("/api/v1/repositories/:repo/validate", terms.VALIDATE, async (c, who, { body }) => {
    if (Object.keys(c.req.query()).some((key) => terms.SECRETS.includes(key)))
      throw new ApiError(
        "InvalidArgument",
        "credentials are not taken from the address, which logs and proxies keep: send them in the body",
      );
    const data = secretData(c.req.param("repo"), body);
    const saw = await proved(desk().test(who, { use: "repository", data }));
    return c.json({ holdfast: { saw } });
  });

  routes.get("/api/v1/repocreds", terms.LIST_CREDS, (c, who, { query }) =>
    c.json({
      metadata: {},
      items: desk()
        .all(who)
        .filter(
          ({ id }) =>
            id.use === "repo-creds" &&
            (query.url === undefined || repositoryKey(query.url) === repositoryKey(id.url)),
        )
        .map(showCreds),
    }),
  );
  routes.post("/api/v1/repocreds", terms.CREATE_CREDS, async (c, who, { query, body }) => {
    const wanted = { use: "repo-creds" as const, data: secretData(body.url, body) };
    const how = query.upsert === true ? "upsert" : "add";
    const { known, warnings } = await desk().put(who, wanted, how, who.actor);
    return c.json({ ...showCreds(known), ...filled({ warnings }) });
  });
  routes.put("/api/v1/repocreds/:url", terms.UPDATE_CREDS, async (c, who, { query, body }) => {
    const project = query.appProject ?? body.project;
    const { id } = one(who, { use: "repo-creds", url: c.req.param("url"), project });
    demandSame(id, body.url, body.project);
    const wanted = { use: "repo-creds" as const, data: secretData(id.url, { ...body, project: id.project }) };
    const { known, warnings } = await desk().put(who, wanted, "update", who.actor);
    return c.json({ ...showCreds(known), ...filled({ warnings }) });
  });
  routes.delete("/api/v1/repocreds/:url", terms.DELETE_CREDS, async (c, who, { query }) => {
    const { id } = one(who, { use: "repo-creds", url: c.req.param("url"), project: query.appProject });
    await desk().remove(who, id, who.actor);
    return c.json({});
  });

  async function kept(
    who: Asker,
    { known, made, warnings }: Awaited<ReturnType<AuthorisedRepositories["put"]>>,
  ): Promise<Record<string, unknown>> {
    // What was there already was not asked by this request yet.
    const shown = await shownNow(who, known, made === "same" ? "latest" : "known");
    return { ...shown, holdfast: { ...shown.holdfast, made, ...filled({ warnings }) } };
  }
}

/** As Argo CD's Secrets have it. The host is written in small letters: policies go by the text. */
function secretData(url: string, body: Said): Secret<Record<string, string>> {
  const said = Object.entries(body).flatMap(([key, value]) =>
    value === undefined || value === "" || value === false || !terms.KEYS.has(key)
      ? []
      : [[key, String(value)] as const],
  );
  return new Secret({ ...Object.fromEntries(said), url: lowerHost(url.trim()) });
}

function lowerHost(url: string): string {
  return url.replace(/^(?:[a-z][a-z0-9+.-]*:\/\/)?[^/?#]*/i, (start) => {
    const at = start.lastIndexOf("@") + 1;
    const scheme = /^[a-z][a-z0-9+.-]*:\/\//i.exec(start)?.[0] ?? "";
    if (at === 0) return start.toLowerCase();
    return scheme.toLowerCase() + start.slice(scheme.length, at) + start.slice(at).toLowerCase();
  });
}

/** Which one it is stays: policies, and what was fetched, go by that. */
function demandSame(id: RepositoryId, url: string | undefined, project: string | undefined): void {
  if (
    (url === undefined || url === "" || repositoryKey(url) === repositoryKey(id.url)) &&
    (project === undefined || project === id.project)
  )
    return;
  throw new ApiError(
    "InvalidArgument",
    "an entry keeps its address and its project: add another one, and remove this one",
  );
}

function show(known: KnownRepository, look: RepositoryLook | undefined) {
  const { id, shown, credentials } = known;
  return {
    repo: withoutUserinfo(id.url),
    type: typeOf(known),
    ...filled({ project: id.project }),
    ...wire(shown),
    inheritedCreds: credentials === "inherited",
    connectionState: stateOf(look),
    holdfast: { keptIn: keptIn(known), credentials },
  };
}

function showCreds(known: KnownRepository) {
  const { id, shown } = known;
  return {
    url: withoutUserinfo(id.url),
    ...defined({ type: shown["type"] }),
    ...filled({ project: id.project }),
    ...wire(shown),
    holdfast: { keptIn: keptIn(known) },
  };
}

function typeOf({ shown, entry }: KnownRepository): RepositoryType {
  const type = shown["type"];
  return type === "git" || type === "helm" || type === "oci" ? type : (entry.type ?? "git");
}

/** Flags and numbers as Argo CD's JSON has them. */
function wire({ type: _, ...shown }: Readonly<Record<string, string>>): Record<string, unknown> {
  const fields: Record<string, unknown> = {};
  for (const [key, text] of Object.entries(shown)) {
    if (terms.FLAGS.includes(key)) fields[key] = /^(?:1|t|true)$/i.test(text) || undefined;
    else if (terms.NUMBERS.includes(key))
      fields[key] = Number.isSafeInteger(Number(text)) ? Number(text) : undefined;
    else fields[key] = text;
  }
  return defined(fields);
}

function stateOf(look: RepositoryLook | undefined): Record<string, unknown> {
  switch (look?.is) {
    case "answers":
      return { status: "Successful", message: look.saw, attemptedAt: timestamp(look.at) };
    case "fails":
      return { status: "Failed", message: withoutUserinfo(look.why), attemptedAt: timestamp(look.at) };
    case "unheard":
    case undefined:
      return { status: "Unknown", message: "", attemptedAt: null };
  }
}

/** `config`, `data`, or the Secret. */
function keptIn({ place }: KnownRepository): string {
  return place.in === "file" ? "data" : place.in === "secret" ? place.secret : "config";
}
