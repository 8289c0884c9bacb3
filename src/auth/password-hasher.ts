import { ARGON2 } from "../core/accounts/password-hash.ts";
import { codeOf } from "../lib/caught.ts";
import type { PasswordHasher } from "./auth-ports.ts";

/** In threads of the runtime: what hashes holds up nobody's request. */
export const systemHasher: PasswordHasher = {
  hash: (password) =>
    Bun.password.hash(password, {
      algorithm: "argon2id",
      memoryCost: ARGON2.memoryKiB,
      timeCost: ARGON2.rounds,
    }),
  verify: async (password, hash) => {
    try {
      return await Bun.password.verify(password, hash);
    } catch (cause) {
      // A hash that it cannot read, which says nothing of the password.
      if (codeOf(cause).startsWith("PASSWORD_")) return false;
      throw cause;
    }
  },
};
