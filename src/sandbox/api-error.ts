import { defined, filled } from "../lib/defined.ts";
import type { JsonObject } from "./json.ts";

/** One field's complaint, as in `details.causes`. */
export interface Cause {
  reason: string;
  message: string;
  field: string;
}

export interface GroupResource {
  group: string;
  resource: string;
}

/** A refusal in the API's own words: what goes out is a `Status` with this code. */
export class ApiError extends Error {
  override readonly name = "ApiError";
  constructor(
    readonly code: number,
    /** CamelCase word, or "" where the real server gives none. */
    readonly reason: string,
    message: string,
    readonly details?: JsonObject,
  ) {
    super(message);
  }

  status(): JsonObject {
    return {
      kind: "Status",
      apiVersion: "v1",
      metadata: {},
      status: "Failure",
      message: this.message,
      ...filled({ reason: this.reason }),
      ...defined({ details: this.details }),
      code: this.code,
    };
  }
}

const qualified = ({ group, resource }: GroupResource) => (group === "" ? resource : `${resource}.${group}`);
const about = ({ group, resource }: GroupResource, name: string) => ({
  ...filled({ name, group }),
  kind: resource,
});

export function notFound(of: GroupResource, name: string): ApiError {
  return new ApiError(404, "NotFound", `${qualified(of)} "${name}" not found`, about(of, name));
}

export function pathNotFound(): ApiError {
  return new ApiError(404, "NotFound", "the server could not find the requested resource", {});
}

/** A path that no API serves: the answer is plain text, not a Status. */
export class PlainNotFound extends Error {
  override readonly name = "PlainNotFound";
  constructor() {
    super("404 page not found");
  }
}

export function alreadyExists(of: GroupResource, name: string): ApiError {
  return new ApiError(409, "AlreadyExists", `${qualified(of)} "${name}" already exists`, about(of, name));
}

export function conflict(of: GroupResource, name: string, why: string): ApiError {
  return new ApiError(
    409,
    "Conflict",
    `Operation cannot be fulfilled on ${qualified(of)} "${name}": ${why}`,
    about(of, name),
  );
}

export function badRequest(message: string): ApiError {
  return new ApiError(400, "BadRequest", message);
}

export function forbidden(of: GroupResource, name: string, why: string, causes?: Cause[]): ApiError {
  const details = {
    ...about(of, name),
    ...(causes === undefined ? {} : { causes: causes.map((cause) => ({ ...cause })) }),
  };
  return new ApiError(403, "Forbidden", `${qualified(of)} "${name}" is forbidden: ${why}`, details);
}

export function expired(message: string): ApiError {
  return new ApiError(410, "Expired", message);
}

export function methodNotAllowed(): ApiError {
  return new ApiError(
    405,
    "MethodNotAllowed",
    "the server does not allow this method on the requested resource",
    {},
  );
}

export function unsupportedMediaType(got: string): ApiError {
  return new ApiError(
    415,
    "UnsupportedMediaType",
    `the body of the request was in an unknown format - accepted media types include: application/json-patch+json, application/merge-patch+json, application/strategic-merge-patch+json, application/apply-patch+yaml; got ${got}`,
  );
}

/** @param kind `{group, kind}` of the object that the causes are about */
export function invalid(
  kind: { group: string; kind: string },
  name: string,
  causes: readonly Cause[],
): ApiError {
  const shown = [...new Set(causes.map(({ field, message }) => `${field}: ${message}`))];
  const what = kind.group === "" ? kind.kind : `${kind.kind}.${kind.group}`;
  return new ApiError(
    422,
    "Invalid",
    `${what} "${name}" is invalid: ${shown.length === 1 ? shown[0] : `[${shown.join(", ")}]`}`,
    {
      ...filled({ name, group: kind.group }),
      kind: kind.kind,
      causes: causes.map((cause) => ({ ...cause })),
    },
  );
}

export const required = (field: string, why = ""): Cause => ({
  field,
  reason: "FieldValueRequired",
  message: why === "" ? "Required value" : `Required value: ${why}`,
});
export const invalidValue = (field: string, value: unknown, why: string): Cause => ({
  field,
  reason: "FieldValueInvalid",
  message: `Invalid value: ${JSON.stringify(value ?? null)}: ${why}`,
});
export const forbiddenField = (field: string, why: string): Cause => ({
  field,
  reason: "FieldValueForbidden",
  message: `Forbidden: ${why}`,
});
export const duplicate = (field: string, value: unknown): Cause => ({
  field,
  reason: "FieldValueDuplicate",
  message: `Duplicate value: ${JSON.stringify(value)}`,
});
export const notSupported = (field: string, value: unknown, known: readonly string[]): Cause => ({
  field,
  reason: "FieldValueNotSupported",
  message: `Unsupported value: ${JSON.stringify(value)}: supported values: ${known.map((one) => JSON.stringify(one)).join(", ")}`,
});
