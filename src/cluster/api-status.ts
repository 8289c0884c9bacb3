/** What an API server says when it does not do as asked: a `Status` object. */
export interface StatusCause {
  field: string;
  reason: string;
  message: string;
}

export interface ApiStatus {
  code: number;
  reason: string;
  message: string;
  causes: StatusCause[];
  /** Seconds, from the details of the Status. */
  retryAfterSeconds: number | undefined;
}

type Fields = Record<string, unknown>;
const text = (value: unknown): string => (typeof value === "string" ? value : "");

/** Reads a body of whatever kind: proxies answer HTML and text. @param body parsed JSON, or text */
export function readStatus(code: number, body: unknown): ApiStatus {
  if (typeof body !== "object" || body === null || (body as Fields).kind !== "Status") {
    const said = typeof body === "string" ? body.trim().slice(0, 200) : "";
    return {
      code,
      reason: "",
      message: said === "" ? `HTTP ${code}` : `HTTP ${code}: ${said}`,
      causes: [],
      retryAfterSeconds: undefined,
    };
  }
  const status = body as Fields;
  const details = (status.details ?? {}) as Fields;
  const causes = (Array.isArray(details.causes) ? (details.causes as Fields[]) : []).map((cause) => ({
    field: text(cause.field),
    reason: text(cause.reason),
    message: text(cause.message),
  }));
  return {
    code: typeof status.code === "number" ? status.code : code,
    reason: text(status.reason),
    message: text(status.message) || `HTTP ${code}`,
    causes,
    retryAfterSeconds: typeof details.retryAfterSeconds === "number" ? details.retryAfterSeconds : undefined,
  };
}
