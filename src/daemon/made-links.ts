import type { Config } from "../config/config.ts";
import { evaluateLinks } from "../core/links/evaluate-links.ts";
import { type LinkedCluster, linkData } from "../core/links/link-data.ts";
import type { Application } from "../core/model/application.ts";
import { serverKey } from "../core/model/cluster-entry.ts";
import type { Project } from "../core/model/project.ts";
import type { LinkDesk } from "../core/ports/link-desk.ts";
import type { TemplateEngine } from "../core/ports/template-engine.ts";
import type { Engine } from "../engine/engine.ts";
import { Slots } from "../lib/slots.ts";
import { systemClock } from "../lib/system-clock.ts";
import type { ClusterBook } from "./cluster-book.ts";

/** Programs that fill in templates for pages, at once: there are never so many that what is delivered waits. */
const AT_ONCE = 2;

interface Needs {
  links(): Config["links"];
  engine: Pick<Engine, "control">;
  book: Pick<ClusterBook, "all">;
  templates: TemplateEngine;
}

/** The links that the config's templates make of what is known here. */
export function madeLinks({ links, engine, book, templates }: Needs): LinkDesk {
  const slots = new Slots(AT_ONCE);
  const inTurn: TemplateEngine = {
    fill: (jobs, options) => slots.hold(() => templates.fill(jobs, options)),
  };
  const projectNamed = (name: string): Project | undefined => {
    const found = engine.control.projectInForce(name);
    return found.is === "absent" ? undefined : found.value.written;
  };
  const clusterOf = ({ spec: { destination } }: Application): LinkedCluster | undefined => {
    const is = ({ name, server }: LinkedCluster): boolean =>
      destination.name === undefined || destination.name === ""
        ? serverKey(server) === serverKey(destination.server ?? "")
        : name === destination.name;
    return book.all().find(({ entry }) => is(entry))?.entry ?? engine.control.clusters().find(is);
  };
  return {
    linksAt: (place, { app, resource, project }) => {
      const templatesHere = links()[place];
      if (templatesHere.length === 0) return Promise.resolve({ items: [], wrong: [] });
      const data = linkData({
        ...{ app, resource },
        cluster: app && clusterOf(app),
        project: projectNamed(project),
      });
      return evaluateLinks(templatesHere, data, inTurn, systemClock.now());
    },
  };
}
