/** Names of what notifications keep in the store. */

/** Up to which event everything was read. */
export const READ_UP_TO = "notifications cursor";
/** What nobody can guess, of this installation. */
export const NONCE = "notifications nonce";
/** When the store was restored last, RFC 3339: numbers of events begin again there, and so mean others. */
export const RESTORED = "notifications restored";
