/** Clusters that were added while the daemon ran: a folder of files, each a cluster as Argo CD's Secret says it. */
import { type ClusterEntry, serverKey } from "../core/model/cluster-entry.ts";
import { parseClusterSecret } from "../core/model/parse-cluster-secret.ts";
import { printClusterSecret } from "../core/model/print-cluster-secret.ts";
import { hashText } from "../lib/hash.ts";
import { type Found, SecretFolder } from "./secret-folder.ts";

export type FoundCluster = Found<ClusterEntry>;

export class ClusterFolder extends SecretFolder<ClusterEntry> {
  /** @param shown as problems name the folder */
  constructor(folder: string, shown: string) {
    super(folder, shown, {
      noun: "cluster",
      parse: (value, file) => parseClusterSecret(value, { file }),
      print: printClusterSecret,
      fileOf,
    });
  }
}

/** Another one for each address, whatever signs its name holds. */
function fileOf({ name, server }: ClusterEntry): string {
  const readable = name
    .replace(/[^A-Za-z0-9-]+/g, "-")
    .replace(/^-+|-+$/g, "")
    .toLowerCase()
    .slice(0, 40);
  return `cluster-${readable === "" ? "" : `${readable}-`}${hashText(serverKey(server)).slice(0, 10)}.json`;
}
