import { type Application, hasOption } from "../../core/model/application.ts";

/**
 * The destination's namespace where an API server said that it is not there, and no sync makes it.
 * @param text what was refused, and why
 */
export function missingNamespace(app: Pick<Application, "spec">, text: string): string | undefined {
  const { destination, syncPolicy } = app.spec;
  const name = destination.namespace ?? "";
  if (name === "" || hasOption(syncPolicy?.syncOptions, "CreateNamespace=true")) return undefined;
  return text.includes(`namespaces "${name}" not found`) ? name : undefined;
}

/** What has its syncs make it: the option of Argo CD. @param name of the application */
export function makingNamespace(name: string): string {
  return `holdfast app set ${name} --sync-option CreateNamespace=true`;
}
