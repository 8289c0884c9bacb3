/** Fields that may be undefined as fields that may be absent. */
export type Defined<T> = {
  [K in keyof T as undefined extends T[K] ? never : K]: T[K];
} & {
  [K in keyof T as undefined extends T[K] ? K : never]?: Exclude<T[K], undefined>;
};

/** Fields that are absent where they hold nothing. */
export type Filled<T> = { [K in keyof T]?: Exclude<T[K], undefined> };

/**
 * An object's fields without those that are undefined: `{ text, ...defined({ fix, line }) }`. What is absent and what
 * is undefined print alike but compare, spread and encode differently, so the types here tell them apart.
 */
export function defined<T extends object>(fields: T): Defined<T> {
  const kept: Record<string, unknown> = {};
  for (const key in fields) if (fields[key] !== undefined) kept[key] = fields[key];
  return kept as Defined<T>;
}

/** The same without empty texts and lists too, as Go's `omitempty` leaves them out. */
export function filled<T extends object>(fields: T): Filled<T> {
  const kept: Record<string, unknown> = {};
  for (const key in fields) {
    const value: unknown = fields[key];
    if (value !== undefined && value !== "" && !(Array.isArray(value) && value.length === 0))
      kept[key] = fields[key];
  }
  return kept as Filled<T>;
}
