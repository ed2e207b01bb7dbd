import { addressRanges, integer, longSecrets, text } from "./setting.ts";

/** Who may do what, and how much. */
export const ACCESS_SETTINGS = {
  trustedProxies: addressRanges(
    "PROGIMAGE_TRUSTED_PROXIES",
    "loopback",
    "Proxies whose X-Forwarded-For or Forwarded is believed, by commas: 10.0.0.5, 2001:db8::/32, loopback for this machine, private for internal networks; none for no proxy",
  ),
  secrets: longSecrets(
    "PROGIMAGE_SECRET",
    "Secret from which the signatures of URLs are made, of at least 32 bytes; several by commas: the first signs, all verify. On SQLite without S3 the server makes one itself, db/secret",
  ),
  secretFile: text(
    "PROGIMAGE_SECRET_FILE",
    "",
    "File with these secrets, one a line, instead of PROGIMAGE_SECRET",
  ),
  signedMaxAge: integer(
    "PROGIMAGE_SIGNED_MAX_AGE",
    3_600,
    "Seconds for which callers may cache the answer to a signed URL; never beyond its expiry",
  ),
};
