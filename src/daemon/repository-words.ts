/** How entries of repositories are told apart, and what is said of them. Pure. */
import type { KeptRepository } from "../core/argocd/kept-repository.ts";
import { REPOSITORY_KEYS } from "../core/argocd/repository-secret.ts";
import { Failure } from "../core/model/failure.ts";
import { repositoryKey } from "../core/model/repository-key.ts";
import type { KnownRepository, RepositoryId, WantedRepository } from "../core/ports/repository-desk.ts";
import { defined } from "../lib/defined.ts";
import { withoutUserinfo } from "../lib/url-userinfo.ts";
import { type AddedRepository, sayPlace } from "./settle-repositories.ts";

/** Without what it is reached by, but for which keys say it. */
export function told({ read, data }: KeptRepository): Record<string, unknown> {
  const { url, type = "git", project } = read.entry;
  const says = Object.keys(data.reveal())
    .filter((key) => Object.hasOwn(REPOSITORY_KEYS, key) && data.reveal()[key] !== "" && key !== "url")
    .sort();
  return { repository: withoutUserinfo(url), type, says, ...defined({ project }) };
}

export function isSame(a: KeptRepository, b: KeptRepository): boolean {
  const said = ({ data }: KeptRepository): string =>
    JSON.stringify(
      Object.entries(data.reveal())
        .filter(([, text]) => text !== "")
        .sort(([one], [other]) => (one < other ? -1 : 1)),
    );
  return a.read.use === b.read.use && said(a) === said(b);
}

export function isMeant({ kept }: AddedRepository, id: RepositoryId): boolean {
  return isSameId(idOf(kept), id);
}

export function idOf({ read }: KeptRepository): RepositoryId {
  return { use: read.use, url: read.entry.url, project: read.entry.project ?? "" };
}

export function isSameId(a: RepositoryId, b: RepositoryId): boolean {
  return a.use === b.use && isSameAddress(a, b);
}

export function isSameAddress(a: RepositoryId, b: RepositoryId): boolean {
  return a.project === b.project && repositoryKey(a.url) === repositoryKey(b.url);
}

export function isSameType({ entry }: KnownRepository, wanted: WantedRepository): boolean {
  const { type = "", enableOCI = "" } = wanted.data.reveal();
  const asked =
    type === "oci" || (type === "helm" && enableOCI === "true") ? "oci" : type === "" ? "git" : type;
  return (entry.type ?? "git") === asked;
}

export function nameOf(kept: KeptRepository): string {
  return nameOfId(idOf(kept));
}

export function nameOfId({ use, url, project }: RepositoryId): string {
  const whose = project === "" ? "" : ` of project ${project}`;
  return `${use === "repository" ? "repository" : "credentials for"} ${withoutUserinfo(url)}${whose}`;
}

export function taken(kept: KeptRepository, there: AddedRepository): Failure {
  return new Failure("conflict", nameOf(kept), "after-edit", {
    cannot: "add it",
    why: `it is there with other settings, as ${withoutUserinfo(there.kept.read.entry.url)} in ${sayPlace(there.place)}`,
    fix: "Use upsert (--upsert) to put this one in its place",
  });
}

export function inTheConfig(id: RepositoryId, cannot: string): Failure {
  return new Failure("refused", nameOfId(id), "after-edit", {
    cannot,
    why: "it stands in repositories of the config, which counts",
    fix: "Edit the config: it is read again when it changes",
  });
}
