import { isObject, type Json, type JsonObject } from "../json.ts";

/**
 * Fills fields that are absent. Defaulting works on a copy that the decoder just made, so it writes in place,
 * as the server does; nothing else in the sandbox changes an object in place.
 */
export function preset(object: JsonObject, defaults: Readonly<Record<string, Json>>): void {
  for (const [name, value] of Object.entries(defaults)) {
    // Empty text is what Go has for absent text.
    if (object[name] === undefined || object[name] === "") object[name] = value;
  }
}

/** The object at `name`, made where it is absent. */
export function child(object: JsonObject, name: string): JsonObject {
  const found = object[name];
  if (isObject(found)) return found;
  const made: JsonObject = {};
  object[name] = made;
  return made;
}

/** The object at `name` where there is one. */
export function existing(object: JsonObject, name: string): JsonObject | undefined {
  const found = object[name];
  return isObject(found) ? found : undefined;
}
