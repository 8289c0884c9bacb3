declare const commitBrand: unique symbol;

/** A full object id, 40 (or 64) hex digits. */
export type CommitSha = string & { readonly [commitBrand]: true };
