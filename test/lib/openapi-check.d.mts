/** What a document and answers are held against: the OpenAPI Initiative's own schema, and a validator that knows nothing of ours. */

/** @returns what is wrong with it; empty: it is an OpenAPI document */
export function checkDocument(document: object): Promise<string[]>;

/**
 * Looks at values by schemas of one document.
 * @returns for a JSON pointer into it: what is wrong with a value
 */
export function checkerOf(document: object): (pointer: string, value: unknown) => string[];
