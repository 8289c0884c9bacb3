/** One stretch of a commit's way. Ids are hexadecimal, as W3C's trace context has them. */
export interface Span {
  /** 32 digits. */
  traceId: string;
  /** 16 digits. */
  spanId: string;
  /** Absent of the whole way. */
  parentId?: string;
  name: string;
  /** Milliseconds since 1970, with fractions. */
  fromMs: number;
  toMs: number;
  attributes: Readonly<Record<string, string | number | boolean>>;
  /** Absent where it went well. */
  error?: string;
}
