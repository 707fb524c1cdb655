import { createHash, randomBytes, timingSafeEqual } from "node:crypto";

/** Who may look at Bull Board, as it is configured: the password itself is with that person alone. */
export interface AdminCredentials {
  user: string;
  /**
   * SHA-256 of the password: enough for one of 256 random bits, which nobody guesses by trying here nor from the hash. What people
   * think of is guessed from it in minutes.
   */
  passwordSha256: Buffer;
}

const PASSWORD_BYTES = 32;

/** By RFC 7617, 2 a user's name has no colon, which ends it there, and no control character. */
export const ADMIN_USER = /^[^:\p{Cc}]{1,64}$/u;

const hash = (text: string): Buffer => createHash("sha256").update(text).digest();

/** A random password, and the lower-case hexadecimal digits of its SHA-256. */
export const createAdminPassword = (): { password: string; sha256: string } => {
  const password = randomBytes(PASSWORD_BYTES).toString("base64url");
  return { password, sha256: hash(password).toString("hex") };
};

/** Compares both whatever comes of one, and takes as long whichever is wrong. */
export const isAdmin = (known: AdminCredentials, user: string, password: string): boolean => {
  const hasUser = timingSafeEqual(hash(known.user), hash(user));
  const hasPassword = timingSafeEqual(known.passwordSha256, hash(password));
  return hasUser && hasPassword;
};
