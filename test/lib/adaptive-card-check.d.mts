/** What a card is held against: Microsoft's own reader of Adaptive Cards, which knows nothing of ours. */

/**
 * Reads a card as a client of a version does.
 * @param version of Adaptive Cards: `1.4`
 * @returns what is wrong with it: elements and values that are none, what is missing, properties that nobody reads;
 * empty: all of it is understood
 */
export function problemsOfCard(card: unknown, version: string): string[];
