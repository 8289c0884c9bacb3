import type { Asker } from "../../core/access/asker.ts";
import { repositoryKey } from "../../core/model/repository-key.ts";
import type {
  KnownRepository,
  RepositoryDesk,
  RepositoryId,
  WantedRepository,
} from "../../core/ports/repository-desk.ts";
import type { Asked } from "./asked.ts";
import { demand } from "./demand.ts";
import { repositoryObject } from "./object-names.ts";

export type AuthorisedRepositories = Asked<RepositoryDesk>;

export function authorisedRepositories(desk: RepositoryDesk): AuthorisedRepositories {
  const standing = ({ use, url, project }: RepositoryId): readonly KnownRepository[] =>
    desk
      .all()
      .filter(
        ({ id }) => id.use === use && id.project === project && repositoryKey(id.url) === repositoryKey(url),
      );
  const isSeen = (who: Asker, known: KnownRepository): boolean =>
    who.may("repositories", "get", repositoryObject(known.id));
  /** Of what one does not see not even the address is told. */
  const demandOn = (who: Asker, action: string, known: KnownRepository): void => {
    const object = repositoryObject(known.id);
    demand(who, "repositories", action, object, isSeen(who, known) ? object : "*");
  };
  return {
    all(who) {
      const may = who.filter("repositories", "get");
      return desk.all().filter(({ id }) => may(repositoryObject(id)));
    },
    problems: (who) => (who.may("repositories", "get", "*") ? desk.problems() : []),
    async put(who, wanted, how, actor) {
      const id = idOf(wanted);
      demand(who, "repositories", how === "update" ? "update" : "create", repositoryObject(id));
      for (const known of standing(id)) demandOn(who, how === "add" ? "get" : "update", known);
      return desk.put(wanted, how, actor);
    },
    async remove(who, id, actor) {
      demand(who, "repositories", "delete", repositoryObject(id));
      for (const known of standing(id)) demandOn(who, "delete", known);
      await desk.remove(id, actor);
    },
    async test(who, wanted) {
      demand(who, "repositories", "create", repositoryObject(idOf(wanted)));
      return desk.test(wanted);
    },
    async look(who, id, freshness) {
      const isHidden = standing(id).every((known) => !isSeen(who, known));
      return isHidden ? { is: "unheard" } : desk.look(id, freshness);
    },
    async refs(who, id) {
      demand(who, "repositories", "get", repositoryObject(id));
      return desk.refs(id);
    },
  };
}

function idOf({ use, data }: WantedRepository): RepositoryId {
  const { url = "", project = "" } = data.reveal();
  return { use, url: url.trim(), project: project.trim() };
}
