/**
 * Integers too large for a number are `bigint` in everything that was read from YAML, and this makes
 * `JSON.stringify` print their digits in place of throwing. JSON says nothing about a number's size, the API server
 * reads 64 bits. The patch is the standard's own extension point (`toJSON`) and changes no other behaviour.
 */
export function printBigIntegersExactly(): void {
  Object.defineProperty(BigInt.prototype, "toJSON", {
    configurable: true,
    writable: true,
    value(this: bigint) {
      return (JSON as unknown as { rawJSON(text: string): unknown }).rawJSON(this.toString());
    },
  });
}
