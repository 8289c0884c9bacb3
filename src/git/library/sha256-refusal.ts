/** Why the library cannot read some repositories. */
export const SHA256_REFUSAL = "its objects have SHA-256 ids, which only the git program reads";
