/** Every path that the API serves, as it declares them itself: a new one is asked too. */
import { createApi } from "../../src/api/create-api.ts";

export interface Route {
  method: string;
  /** With an application, a commit and the like filled in. */
  path: string;
}

export function routes(app: { namespace: string; name: string; commit: string }): Route[] {
  // Nothing of it is asked anything: only what is there is declared.
  const there = {} as never;
  const api = createApi({
    ...{
      control: there,
      sets: there,
      clusters: there,
      signOn: there,
      door: there,
      version: there,
      log: there,
    },
    homeNamespace: app.namespace,
    metrics: async () => "",
    assets: [],
    onHeard: () => undefined,
  });
  const found = api.routes.map(({ method, path }) => ({
    method: method === "ALL" ? "GET" : method,
    path: path
      .replace(":namespace", app.namespace)
      .replace(":id", "0")
      .replace(":revision", app.commit)
      .replace(":seq", "1")
      .replace(":pod", "web-1")
      .replace(":name", app.name)
      .replace("*", "x")
      // What else there is: numbers, roles, times.
      .replace(/:\w+/g, "1"),
  }));
  return found;
}
