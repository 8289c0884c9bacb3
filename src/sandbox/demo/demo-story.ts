/** What happened to the neighbours before somebody looks: commits by their teams, a sync, a rollback, an edit by hand. */
import { leftBehind, mailer, type NeighbourCluster, payments, search } from "./demo-neighbours.ts";

/** Who a commit is by. */
export interface Team {
  name: string;
  email: string;
}

/** What the story needs of the daemon, the repository and the clusters. Each is over when what it did is seen. */
export interface Teller {
  /** @param files path -> text */
  commit(files: Readonly<Record<string, string>>, message: string, by: Team): Promise<void>;
  /** Asks for a sync to what Git says. */
  sync(app: string): Promise<void>;
  /** Looks at its cluster anew. */
  refresh(app: string): Promise<void>;
  /** To what was deployed before the latest, and held there. */
  rollBack(app: string, reason: string): Promise<void>;
  /** Waits until it is Synced and Healthy with so many deployments. */
  untilDeployed(app: string, deployments: number): Promise<void>;
  /** As somebody with kubectl would. */
  scale(cluster: NeighbourCluster, namespace: string, deployment: string, replicas: number): Promise<void>;
  /** The same of a ConfigMap that is made by hand. */
  makeConfigMap(cluster: NeighbourCluster, namespace: string, object: object): Promise<void>;
}

const team = (name: string): Team => ({ name: `${name} team`, email: `${name.toLowerCase()}@example.com` });

/** Plays it once, from beginning to end. Rejects with what failed. */
export async function playStory(teller: Teller): Promise<void> {
  await Promise.all([
    teller.sync("payments").then(() => teller.untilDeployed("payments", 1)),
    // Its migration fails, and once more.
    teller.sync("ledger"),
    ...["search", "mailer", "tenant-acme"].map((app) => teller.untilDeployed(app, 1)),
  ]);
  await teller.commit(search("7.1.0"), "search: rank by what was bought", team("Search"));
  await teller.untilDeployed("search", 2);
  await teller.commit(
    payments("next"),
    "payments: ask the bank for a second factor\n\nCards of the old providers are gone.",
    team("Payments"),
  );
  await teller.commit(mailer("broken"), "mailer: one more try at the new base image", team("Mail"));
  await teller.rollBack("search", "7.1 answers after two seconds");
  await teller.scale("staging", "tenant-acme", "front", 5);
  await teller.makeConfigMap(leftBehind.cluster, leftBehind.namespace, leftBehind.object);
  // Orphans are looked for every ten minutes, and when somebody asks.
  await teller.refresh("mailer");
}
