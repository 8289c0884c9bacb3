import { applyJsonPatch, JsonPatchError } from "../../lib/json-patch.ts";
import { ApiError, badRequest } from "../api-error.ts";
import { isObject, type Json, type JsonObject } from "../json.ts";

/** RFC 6902 on a copy. @throws {ApiError} 422 where an operation cannot be carried out, a failed `test` included */
export function jsonPatched(target: JsonObject, patch: Json): JsonObject {
  let document: unknown;
  try {
    document = applyJsonPatch(target, patch);
  } catch (cause) {
    throw cause instanceof JsonPatchError ? inServersWords(cause) : cause;
  }
  // What was put in is JSON, and so is what comes out.
  if (!isObject(document as Json)) throw unprocessable();
  return document as JsonObject;
}

function inServersWords({ is, operation, message }: JsonPatchError): ApiError {
  switch (is) {
    case "too-much":
      return new ApiError(413, "RequestEntityTooLarge", message, {});
    case "impossible":
    case "test-failed":
      return unprocessable();
    case "unknown-operation":
      return badRequest(`Unexpected kind: ${String((operation as JsonObject)["op"])}`);
    case "no-list":
      return badRequest("json: cannot unmarshal object into Go value of type jsonpatch.Patch");
    case "malformed":
      return badRequest(`error decoding patch: ${message}`);
  }
}

/** The server does not say what it was. */
function unprocessable(): ApiError {
  return new ApiError(422, "Invalid", "the server rejected our request due to an error in our request", {});
}
