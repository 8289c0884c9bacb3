/** What a token may, as somebody writes it: a line each, `applications:sync:team-a/*`, as the command line takes it. */

export interface TokenScope {
  resource: string;
  action: string;
  object: string;
}

export type ReadScopes = { is: "all" } | { is: "some"; scopes: TokenScope[] } | { is: "wrong"; why: string };

/** @param text empty: all that its account may */
export function readScopes(text: string): ReadScopes {
  const scopes: TokenScope[] = [];
  for (const [index, raw] of text.split("\n").entries()) {
    const line = raw.trim();
    if (line === "") continue;
    const [resource = "", action = "", ...rest] = line.split(":");
    const object = rest.join(":");
    if ([resource, action, object].some((part) => part.trim() === ""))
      return {
        is: "wrong",
        why: `line ${index + 1}: ${JSON.stringify(line)} is no RESOURCE:ACTION:OBJECT, such as applications:sync:team-a/*`,
      };
    scopes.push({ resource: resource.trim(), action: action.trim(), object: object.trim() });
  }
  return scopes.length === 0 ? { is: "all" } : { is: "some", scopes };
}
