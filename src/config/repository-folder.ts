/** Repositories and credentials that were added while the daemon ran: a folder of files, each a Secret as Argo CD has it. */
import { type KeptRepository, parseKeptRepository, printKept } from "../core/argocd/kept-repository.ts";
import { SecretFolder } from "./secret-folder.ts";

export class RepositoryFolder extends SecretFolder<KeptRepository> {
  /** @param shown as problems name the folder */
  constructor(folder: string, shown: string) {
    super(folder, shown, {
      noun: "repository",
      parse: parseKeptRepository,
      print: printKept,
      fileOf: ({ metadata }) => `${String(metadata["name"])}.json`,
    });
  }
}
