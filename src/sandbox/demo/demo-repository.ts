import { Failure } from "../../core/model/failure.ts";
import { type DemoApp, demoApps, demoFiles } from "./demo-files.ts";
import { fleetApplications, fleetFiles } from "./demo-fleet.ts";
import { neighbourFiles, neighbourManifests } from "./demo-neighbours.ts";

/** What the demo needs of Git; src/git/commit-files.ts is one. */
export interface RepositoryWriter {
  /**
   * Writes the files into the working folder and commits everything there on `main`. Makes the repository where there
   * is none.
   *
   * @param files path -> text
   * @returns the commit's full SHA
   */
  commitAll(dir: string, files: Readonly<Record<string, string>>, message: string): Promise<string>;
  /** These files alone, as what the demo itself does. */
  commitMade(
    dir: string,
    files: Readonly<Record<string, string>>,
    message: string,
    by?: { name: string; email: string },
  ): Promise<string>;
}

/** What stands beside the three: the neighbours with all that can happen, or so many plain applications. */
export type Beside = { is: "neighbours" } | { is: "fleet"; apps: number };

export interface DemoRepository {
  dir: string;
  commit: string;
}

/** Makes the example repository in a new folder. */
export async function createDemoRepository(
  dir: string,
  git: RepositoryWriter,
  beside: Beside,
): Promise<DemoRepository> {
  const files = { ...demoFiles, ...(beside.is === "fleet" ? fleetFiles(beside.apps) : neighbourFiles) };
  return {
    dir,
    commit: await git.commitMade(dir, files, "Three example applications: guestbook, shop and clock"),
  };
}

/**
 * The `Application` of each example, automated, as manifests: file name -> text.
 *
 * @param repoURL as the daemon reads it; a path works
 */
export function demoApplications(repoURL: string, beside: Beside): Record<string, string> {
  const manifest = ({ name, namespace, path }: DemoApp): string =>
    [
      "apiVersion: argoproj.io/v1alpha1",
      "kind: Application",
      "metadata:",
      `  name: ${name}`,
      "spec:",
      "  project: default",
      "  source:",
      `    repoURL: ${JSON.stringify(repoURL)}`,
      "    targetRevision: main",
      `    path: ${path}`,
      "  destination:",
      "    server: https://kubernetes.default.svc",
      `    namespace: ${namespace}`,
      "  syncPolicy:",
      "    automated:",
      "      prune: true",
      "      selfHeal: true",
      "    syncOptions:",
      "      - CreateNamespace=true",
      "",
    ].join("\n");
  return {
    ...Object.fromEntries(demoApps.map((app) => [`${app.name}.yaml`, manifest(app)])),
    ...(beside.is === "fleet" ? fleetApplications(beside.apps, repoURL) : neighbourManifests(repoURL)),
  };
}

/** @throws {Failure} not-found for a name that is none of the demo's */
export function demoApp(name: string | undefined): DemoApp {
  const wanted = name ?? "guestbook";
  const found = demoApps.find((app) => app.name === wanted);
  if (found !== undefined) return found;
  const known = demoApps.map((app) => app.name);
  throw new Failure("not-found", wanted, "after-edit", {
    cannot: "find this application in the demo",
    why: `the demo has ${known.slice(0, -1).join(", ")} and ${known.at(-1)}`,
    fix: "Name one of these",
  });
}
